"""`plunk import`, on the servers of the tests."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from plunk.cli.main import main
from plunk.config import Settings
from plunk.imports import jobs as imports_jobs
from plunk.jobs import running, stopping, sweeping
from plunk.jobs.running import Running
from tests.api import Api
from tests.conftest import TestProject
from tests.imports.conftest import data_of, send

Command = Callable[..., Result]

PEOPLE = "E-Mail;Plan;Zip\nada@example.com;pro;01099\nbad;free;1\ngrace@example.com;free;20095\n"


@pytest.fixture
def plunk(settings: Settings, project: TestProject, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `plunk import` for a project of its own, answers the result."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("PLUNK_SECRET_KEY", settings.secret_key)

    def run(*arguments: object, stdin: str | None = None) -> Result:
        given = ["import", "--project", str(project.id), *map(str, arguments)]
        return CliRunner().invoke(main, given, input=stdin)

    return run


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def many(path: Path, rows: int = 300) -> Path:
    path.write_text("email,n\n" + "".join(f"p{n}@example.com,{n}\n" for n in range(rows)))
    return path


def test_a_file_is_imported_and_every_row_accounted_for(plunk: Command, api: Api, people: Path) -> None:
    result = plunk(people)
    assert "3 rows: 2 created, 0 updated, 0 unchanged, 1 failed, 0 skipped" in result.stdout
    assert result.exit_code == 1
    assert "line 3: 'bad' is no e-mail address" in result.stderr
    assert data_of(api, "ada@example.com") == {"Plan": "pro", "Zip": "01099"}


def test_a_file_without_faults_ends_well(plunk: Command, tmp_path: Path) -> None:
    assert plunk(many(tmp_path / "people.csv")).exit_code == 0


def test_standard_input_is_read(plunk: Command, api: Api) -> None:
    result = plunk("-", "--json", stdin="email\nada@example.com\n")
    assert json.loads(result.stdout)["result"]["created"] == 1
    assert result.exit_code == 0
    assert api.get("/contacts/import").json["data"][0]["fileName"] == "standard input"


def test_columns_are_renamed_typed_and_skipped(plunk: Command, api: Api, people: Path) -> None:
    plunk(people, "--map", "E-Mail=email", "--map", "Plan=tier:list", "--map", "Zip=")
    assert data_of(api, "ada@example.com") == {"tier": ["pro"]}


def test_a_mapping_is_refused_with_all_its_faults(plunk: Command, people: Path) -> None:
    assert plunk(people, "--map", "Plan").exit_code == 2
    result = plunk(people, "--map", "Nothing=x", "--map", "Plan=createdAt")
    assert result.exit_code == 1
    assert "mapping.Nothing" in result.stderr and "mapping.Plan" in result.stderr


def test_everybody_is_put_into_a_static_segment(plunk: Command, api: Api, people: Path) -> None:
    segment = api.post("/segments", {"name": "Fair 2026", "type": "STATIC"}).json
    plunk(people, "--segment", "fair-2026")
    assert api.get(f"/segments/{segment['id']}").json["memberCount"] == 2
    unknown = plunk(people, "--segment", "fair-2027")
    assert unknown.exit_code == 2 and "fair-2027" in unknown.stderr


def test_who_opted_out_comes_back_only_if_told(plunk: Command, api: Api, people: Path) -> None:
    api.contact("ada@example.com", subscribed=False)

    def are_subscribed() -> list[bool]:
        return [
            api.get(f"/contacts/by-email/{name}@example.com").json["subscribed"] for name in ("ada", "grace")
        ]

    plunk(people, "--unsubscribed")
    assert are_subscribed() == [False, False]
    plunk(people, "--subscribed")
    assert are_subscribed() == [False, False]
    plunk(people, "--subscribed", "--resubscribe")
    assert are_subscribed() == [True, True]


def test_a_preview_shows_columns_rows_and_problems_and_keeps_nothing(
    plunk: Command, api: Api, people: Path
) -> None:
    result = plunk(people, "--preview")
    assert result.exit_code == 0
    assert re.search(r"Zip +data\.Zip +string \(codes\) +01099, 1, 20095", result.stdout)
    assert "line 3: 'bad' is no e-mail address" in result.stdout
    found = json.loads(plunk(people, "--preview", "--json").stdout)
    assert (found["delimiter"], found["problemCount"]) == (";", 1)
    assert api.get("/contacts").json["total"] == api.get("/contacts/import").json["total"] == 0


def test_a_file_cannot_move_the_cursor(plunk: Command, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,\x1b[2J\nb\x1b[2Jad,\x1b]0;x\x07\n")
    for arguments in ([], ["--preview"]):
        result = plunk(path, *arguments)
        assert "\x1b[2J" not in result.output and "\x1b]0" not in result.output


def test_rejected_rows_go_into_a_file(plunk: Command, tmp_path: Path, people: Path) -> None:
    errors = tmp_path / "rejected.csv"
    plunk(people, "--errors", errors)
    header, row = errors.read_bytes().decode().splitlines()
    assert header == "line,reason,E-Mail,Plan,Zip"
    assert row.startswith("3,") and row.endswith("bad,free,1")


def test_they_can_be_asked_for_later(plunk: Command, tmp_path: Path, people: Path) -> None:
    import_id = json.loads(plunk(people, "--json").stdout)["id"]
    errors = tmp_path / "rejected.csv"
    result = plunk("--resume", import_id, "--errors", errors)
    assert "2 created" in result.stdout and result.exit_code == 1
    assert len(errors.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        ("", [], "The file is empty"),
        ("PK\x03\x04", [], "not a CSV file"),
        ("name\nAda\n", [], "no e-mail column"),
        ("email\nx\n", ["--encoding", "klingon"], "no encoding known here"),
        ("email\nx\n", ["--delimiter", "ab"], "Must be one character"),
    ],
    ids=["empty", "zip", "no email", "encoding", "delimiter"],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    plunk: Command, tmp_path: Path, content: str, arguments: list[str], words: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(content)
    result = plunk(path, *arguments)
    assert result.exit_code in (1, 2) and words in result.stderr


def test_a_file_that_is_too_large_is_refused(
    plunk: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUNK_MAX_IMPORT_BYTES", "20")
    assert "larger than 20 bytes" in plunk(people).stderr
    assert "larger than 20 bytes" in plunk("-", stdin=PEOPLE).stderr


def test_either_a_file_or_an_import_is_named(plunk: Command, people: Path) -> None:
    nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
    assert plunk().exit_code == plunk(people, "--resume", nobody).exit_code == 2
    assert "No such import" in plunk("--resume", nobody).stderr


def test_without_a_project_there_must_be_only_one(plunk: Command, other_api: Api, people: Path) -> None:
    result = CliRunner().invoke(main, ["import", str(people)])
    assert result.exit_code == 2 and "--project" in result.stderr


def test_ctrl_c_leaves_whole_batches_and_says_how_to_go_on(
    plunk: Command, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_jobs, "BATCH_ROWS", 50)
    report = Running.report

    def interrupted(self: Running, progress: dict[str, Any]) -> None:
        report(self, progress)
        if progress["number"] == 100:
            os.kill(os.getpid(), signal.SIGINT)
            asked.wait(10)

    def noted(app: Flask) -> None:
        ask_to_stop(app)
        asked.set()

    asked, ask_to_stop = threading.Event(), stopping.ask_to_stop
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(Running, "report", interrupted)
        patch.setattr(stopping, "ask_to_stop", noted)
        result = plunk(many(tmp_path / "people.csv"))
    assert result.exit_code == 130, result.output
    assert signal.getsignal(signal.SIGINT) == before
    (found,) = api.get("/contacts/import").json["data"]
    assert (found["state"], found["progress"]["rows"]) == ("queued", 100)
    (import_id,) = re.findall(r"plunk import --resume (\S+)", result.stderr)
    result = plunk("--resume", import_id)
    assert "300 rows: 300 created" in result.stdout and result.exit_code == 0


def test_an_import_whose_worker_died_is_taken_over(
    plunk: Command, app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = send(api, PEOPLE).json["jobId"]
    with app.app_context():
        assert running._claim(project.id, job_id)
    monkeypatch.setattr(sweeping, "SILENT_AFTER", timedelta(0))
    assert "2 created" in plunk("--resume", job_id).stdout


def test_a_worker_that_has_it_is_waited_for(
    plunk: Command, app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = send(api, PEOPLE).json["jobId"]
    looked_on, run = threading.Event(), imports_jobs.run

    def slowly(job: Running) -> dict[str, Any]:
        has_it.set()
        assert looked_on.wait(30)
        return run(job)

    def look_on() -> int:
        looked_on.set()
        return 0

    has_it = threading.Event()
    kinds = app.extensions["plunk.jobs"]
    monkeypatch.setitem(kinds, "contacts.import", kinds["contacts.import"]._replace(function=slowly))
    monkeypatch.setattr("plunk.cli.doing.sweep", look_on)

    def work() -> None:
        with app.app_context():
            running.run(str(project.id), job_id)

    worker = threading.Thread(target=work)
    worker.start()
    assert has_it.wait(30)
    result = plunk("--resume", job_id)
    worker.join(30)
    assert "2 created" in result.stdout
