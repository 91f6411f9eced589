"""`plunk export`, on the servers of the tests."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk.cli import exporting
from plunk.cli.main import main
from plunk.config import Settings
from tests.api import Api
from tests.conftest import TestProject
from tests.segments.rules import people, plan_is, rule, static

Command = Callable[..., Result]


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("PLUNK_SECRET_KEY", settings.secret_key)


@pytest.fixture
def plunk(environment: None, project: TestProject) -> Command:
    """Runs `plunk export` for a project of its own, answers the result."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["export", "--project", str(project.id), *map(str, arguments)])

    return run


def addresses(text: str) -> list[str]:
    """Of lines of JSON, what stands before the @."""
    return [json.loads(line)["email"].partition("@")[0] for line in text.splitlines()]


def test_all_contacts_go_to_standard_output(plunk: Command, api: Api) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    result = plunk()
    assert result.exit_code == 0
    assert result.stdout.encode() == api.get("/contacts/export").data
    assert result.stderr == "2 contacts exported.\n"


def test_whom_is_said_by_options(plunk: Command, api: Api, tmp_path: Path) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "adam", subscribed=False)
    static(api, "My List", "ada@example.com", "adam@example.com")
    condition = json.dumps(rule(plan_is("pro")))
    path = tmp_path / "rule.json"
    path.write_text(condition)
    asked = [
        (["--segment", "my-list"], ["ada", "adam"]),
        (["--segment", "my-list", "--unsubscribed"], ["adam"]),
        (["--search", "AD", "--subscribed"], ["ada"]),
        (["--condition", condition], ["ada", "bob"]),
        (["--condition", f"@{path}", "--search", "b"], ["bob"]),
    ]
    for arguments, expected in asked:
        assert addresses(plunk("--format", "ndjson", *arguments).stdout) == expected, arguments


def test_the_name_of_the_file_says_what_it_is(plunk: Command, api: Api, tmp_path: Path) -> None:
    people(api, "ada")
    plunk("--output", tmp_path / "a.csv")
    plunk("--output", tmp_path / "a.ndjson.gz")
    plunk("--output", tmp_path / "b.csv", "--bom")
    plain = (tmp_path / "a.csv").read_bytes()
    assert plain == api.get("/contacts/export").data
    assert addresses(gzip.decompress((tmp_path / "a.ndjson.gz").read_bytes()).decode()) == ["ada"]
    assert (tmp_path / "b.csv").read_bytes() == b"\xef\xbb\xbf" + plain
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_an_older_file_stays_until_the_new_one_is_whole(
    plunk: Command, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(api, "ada")
    path = tmp_path / "contacts.csv"
    path.write_text("old")

    def breaks_off(*arguments: object, **options: object) -> object:
        yield b"half"
        raise RuntimeError

    monkeypatch.setattr(exporting, "stream", breaks_off)
    assert plunk("--output", path).exit_code == 1
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["contacts.csv"]


def test_a_pipe_stays_a_pipe(plunk: Command, api: Api, tmp_path: Path) -> None:
    people(api, "ada")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert plunk("--output", pipe).exit_code == 0
    reader.join(30)
    assert read == [api.get("/contacts/export").data]
    assert pipe.is_fifo()


def test_what_cannot_be_done_is_a_sentence(plunk: Command, tmp_path: Path) -> None:
    assert "no-such" in plunk("--segment", "no-such").stderr
    assert plunk("--condition", "{").exit_code == 2
    assert plunk("--condition", f"@{tmp_path / 'nowhere'}").exit_code == 2
    result = plunk("--condition", "{}")
    assert (result.exit_code, "condition" in result.stderr) == (1, True)
    result = plunk("--output", tmp_path / "nowhere" / "contacts.csv")
    assert (result.exit_code, "Cannot write to" in result.stderr) == (1, True)


def test_whoever_has_read_enough_may_go(environment: None, project: TestProject, api: Api) -> None:
    people(api, "ada", data={"note": "x" * 60_000})
    command = f"{sys.executable} -m plunk export --project {project.id} | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert done.stdout == b"id,email,s"
    assert b"Traceback" not in done.stderr
