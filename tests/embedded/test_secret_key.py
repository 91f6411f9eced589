"""The key that an embedded database keeps beside its data."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from plunk.config import Settings
from plunk.embedded import secret_key
from plunk.embedded.errors import EmbeddedError
from plunk.embedded.home import Home
from plunk.embedded.servers import addressed


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    assert secret_key.find(tmp_path) == ""
    secret_key.make(tmp_path)
    made = secret_key.find(tmp_path)
    assert len(made) == 43
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    secret_key.make(tmp_path)
    assert secret_key.find(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_what_a_killed_maker_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "secret.new").write_text("half a k")
    assert secret_key.find(tmp_path) == ""
    secret_key.make(tmp_path)
    assert len(secret_key.find(tmp_path)) == 43


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 50])
def test_a_broken_file_is_named_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(EmbeddedError, match=r"secret\.key"):
        secret_key.make(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_folder_that_takes_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="cannot be kept"):
        secret_key.make(tmp_path / "nowhere")


def test_a_key_that_is_given_seals_and_the_one_of_the_home_still_opens(tmp_path: Path) -> None:
    secret_key.make(tmp_path)
    kept = secret_key.find(tmp_path)
    home, given = Home(tmp_path), "g" * 32
    assert addressed(Settings(), home).secret_keys == (kept,)
    assert addressed(Settings(secret_key=given), home).secret_keys == (given, kept)


def test_a_database_elsewhere_has_nothing_to_do_with_the_key_of_this_home(tmp_path: Path) -> None:
    secret_key.make(tmp_path)
    settings = Settings(database_url="postgresql://db.internal/plunk")
    assert addressed(settings, Home(tmp_path)).secret_key == ""
