"""Who holds a home folder, and where its sockets are."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from plunk.embedded import home as home_module
from plunk.embedded.errors import EmbeddedError, HomeInUse
from plunk.embedded.home import Home


def test_the_folder_is_made_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    home.take("up", stays=True, beside=None)
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    home.release()


def test_a_second_holder_that_stays_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    first = Home(tmp_path)
    first.take("up", stays=True, beside=None)
    with pytest.raises(HomeInUse, match=r"plunk up \(process \d+\) already runs in"):
        Home(tmp_path).take("up", stays=True, beside=None)
    first.release()


def test_a_short_command_goes_beside_one_that_stays(tmp_path: Path) -> None:
    first = Home(tmp_path)
    first.take("up", stays=True, beside=None)
    answers = iter([False, False, True])
    assert not Home(tmp_path).take("project list", stays=False, beside=lambda: next(answers))
    first.release()


def test_a_short_command_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    first.take("project list", stays=False, beside=None)
    monkeypatch.setattr("plunk.embedded.home.time.sleep", lambda _: first.release())
    assert second.take("up", stays=True, beside=None)
    second.release()


def test_waiting_for_a_short_command_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "PATIENCE", 0.1)
    first = Home(tmp_path)
    first.take("project list", stays=False, beside=None)
    with pytest.raises(HomeInUse, match="project list"):
        Home(tmp_path).take("up", stays=True, beside=None)
    first.release()


def test_a_clean_end_is_told_from_a_killed_one(tmp_path: Path) -> None:
    first = Home(tmp_path)
    first.take("up", stays=True, beside=None)
    first.release()
    second = Home(tmp_path)
    second.take("up", stays=True, beside=None)
    assert not second.was_left_in_a_hurry
    second.release()
    (tmp_path / "lock").write_text('{"pid": 1, "command": "up", "stays": true}')
    third = Home(tmp_path)
    third.take("up", stays=True, beside=None)
    assert third.was_left_in_a_hurry
    third.release()


@pytest.mark.parametrize("name", ["with a blank", "a=b", "x" * 100])
def test_sockets_are_elsewhere_when_the_path_does_not_suit_them(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    home.make()
    assert home.sockets.parent != home.folder
    assert home.sockets == Home(tmp_path / name).sockets != Home(tmp_path / "other blank").sockets


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "with a blank")
    home.make()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setattr(Home, "sockets", tmp_path / "link")
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        home.make_sockets()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="cannot be used: Not a directory"):
        Home(tmp_path / "file" / "home").take("up", stays=True, beside=None)


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    monkeypatch.setattr(home_module, "LOG_LIMIT", 3)
    home.log("postgres").write_text("long")
    assert not home.log("postgres").exists()
    assert (tmp_path / "log" / "postgres.1.log").read_text() == "long"
