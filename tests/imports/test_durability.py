"""Whatever dies and whoever else writes: no row is lost, none counts twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import jobs as imports_jobs
from plunk.imports.models import Import, ImportChunk, RejectedRow
from plunk.imports.upkeep import forget_old_files
from plunk.jobs import running, stopping, sweeping
from plunk.jobs.models import Job
from plunk.jobs.running import run
from plunk.jobs.sweeping import sweep
from tests.api import Api
from tests.conftest import TestProject
from tests.imports.conftest import Import as Importing
from tests.imports.conftest import counts, data_of, send
from tests.live import at_once
from tests.web.envelope import error_of

ROWS = 230


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports_jobs, "BATCH_ROWS", 50)


def a_list(*, plan: str = "pro", backwards: bool = False) -> str:
    """Rows of every kind: each third address twice, each tenth bad."""
    rows = []
    for n in range(ROWS):
        rows.append("bad" if n % 10 == 9 else f"p{n - 1 if n % 3 == 2 else n}@example.com")
    if backwards:
        rows.reverse()
    return "email,plan,n\n" + "".join(f"{email},{plan},{n}\n" for n, email in enumerate(rows))


def kill_at(monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str], turn: int, *, after: bool) -> None:
    """The worker dies at the n-th call of a function, before it or when it has done its work."""
    owner, name = place
    real, calls = getattr(owner, name), []

    def deadly(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == turn and not after:
            raise SystemExit
        result = real(*args, **kwargs)
        if len(calls) == turn:
            raise SystemExit
        return result

    monkeypatch.setattr(owner, name, deadly)


def work(app: Flask, project: TestProject, job_id: str) -> None:
    with app.app_context():
        run(str(project.id), job_id)


def sweep_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "SILENT_AFTER", timedelta(0))
    with app.app_context(), transaction():
        sweep()


PLACES: list[tuple[Any, str]] = [
    (imports_jobs, "scan"),
    (imports_jobs, "merge"),
    (imports_jobs.rejected, "keep"),
    (running.Running, "report"),
    (running.Running, "batch"),
    (imports_jobs._Batches, "next"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", PLACES, ids=[name for _, name in PLACES])
def test_a_worker_that_dies_anywhere_leaves_whole_batches(
    app: Flask, api: Api, project: TestProject, place: tuple[Any, str], after: bool
) -> None:
    pro = {"field": "data.plan", "operator": "equals", "value": "pro"}
    segment = api.segment("Pro", pro, trackMembership=True)
    job_id = send(api, a_list()).json["jobId"]
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, place, 1 if place[1] == "scan" else 3, after=after)
        with pytest.raises(SystemExit):
            work(app, project, job_id)
    before = api.get(f"/contacts/import/{job_id}").json
    assert before["state"] == "active"
    with pytest.MonkeyPatch.context() as patch:
        sweep_at_once(app, patch)
    work(app, project, job_id)
    found = api.get(f"/contacts/import/{job_id}").json
    assert found["state"] == "completed"
    assert found["progress"]["rows"] == ROWS == sum(found["result"].values())
    created, updated, unchanged, failed, skipped = counts(found)
    assert (updated, unchanged, failed) == (0, 0, ROWS // 10)
    assert created + skipped == ROWS - failed
    assert api.get("/contacts").json["total"] == created
    assert api.get(f"/segments/{segment['id']}").json["memberCount"] == created
    entries = _history(api, segment)
    assert len(entries) == len(set(entries)) == created


def _history(api: Api, segment: dict[str, Any]) -> list[str]:
    found, cursor = [], None
    while True:
        page = api.get(
            f"/segments/{segment['id']}/history", limit=100, **({"cursor": cursor} if cursor else {})
        ).json
        found += [entry["contactId"] for entry in page["data"] if entry["change"] == "entry"]
        cursor = page["cursor"]
        if not cursor:
            return found


def test_a_worker_that_is_told_to_stop_leaves_the_rest_to_another(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = send(api, a_list()).json["jobId"]
    asked: list[int] = []

    def soon() -> bool:
        asked.append(1)
        return len(asked) > 3

    with monkeypatch.context() as patch:
        patch.setattr(stopping, "is_stopping", soon)
        work(app, project, job_id)
    halfway = api.get(f"/contacts/import/{job_id}").json
    assert halfway["state"] == "queued"
    assert 0 < halfway["progress"]["rows"] < ROWS
    work(app, project, job_id)
    assert api.get(f"/contacts/import/{job_id}").json["progress"]["rows"] == ROWS


def test_a_cancelled_import_keeps_what_is_done_and_does_no_more(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = send(api, a_list()).json["jobId"]
    report = running.Running.report

    def cancel_after(self: running.Running, progress: dict[str, Any]) -> None:
        report(self, progress)
        if progress["number"] == 100:
            after_this(lambda: api.post(f"/contacts/import/{job_id}/cancel"))

    def after_this(action: Callable[[], Any]) -> None:
        from plunk.db.session import after_commit

        after_commit(action)

    monkeypatch.setattr(running.Running, "report", cancel_after)
    work(app, project, job_id)
    found = api.get(f"/contacts/import/{job_id}").json
    assert (found["state"], found["progress"]["rows"]) == ("cancelled", 100)
    assert found["progress"]["percent"] < 100
    assert api.get("/contacts").json["total"] == found["result"]["created"]
    error_of(api.post(f"/contacts/import/{job_id}/cancel"), 409, "JOB_ENDED")


def test_an_import_cancelled_during_its_first_look_is_left_alone(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad rows are slow, and nothing is committed on the first pass: it looks by itself."""
    job_id = send(api, a_list()).json["jobId"]
    monkeypatch.setattr(imports_jobs, "LOOKS_EVERY", 0.0)
    monkeypatch.setattr("plunk.imports.scanning._AT_ONCE", 50)
    scan = imports_jobs.scan

    def cancelled_meanwhile(*args: Any, **kwargs: Any) -> Any:
        api.post(f"/contacts/import/{job_id}/cancel")
        found = scan(*args, **kwargs)
        raise AssertionError(f"it went on to {found.rows} rows")

    monkeypatch.setattr(imports_jobs, "scan", cancelled_meanwhile)
    work(app, project, job_id)
    found = api.get(f"/contacts/import/{job_id}").json
    assert (found["state"], found["progress"]["rows"]) == ("cancelled", 0)


def test_two_imports_in_opposite_order_at_once_reach_no_deadlock(
    app: Flask, api: Api, project: TestProject
) -> None:
    for turn in range(8):
        jobs = [
            send(api, a_list(plan=f"{turn}{backwards}", backwards=backwards)).json["jobId"]
            for backwards in (False, True)
        ]
        at_once([partial(work, app, project, job_id) for job_id in jobs])
        for job_id in jobs:
            found = api.get(f"/contacts/import/{job_id}").json
            assert (found["state"], found["progress"]["rows"]) == ("completed", ROWS)


def test_the_last_row_of_an_address_wins_however_far_apart(api: Api, imported: Importing) -> None:
    rows = "".join(f"p{n}@example.com,x,{n}\n" for n in range(ROWS))
    found = imported(f"email,city,n\nADA@example.com,Rome,1\n{rows}ada@example.com,,2\n")
    assert counts(found) == (ROWS + 1, 0, 0, 0, 1)
    assert data_of(api, "ada@example.com") == {"n": 2}


def test_a_bad_last_row_leaves_the_one_before_it(api: Api, imported: Importing) -> None:
    assert counts(imported("email,n\nada@example.com,1\nada@example.com,2,3\n")) == (1, 0, 0, 1, 0)
    assert data_of(api, "ada@example.com") == {"n": 1}


def test_importing_again_changes_nothing(api: Api, imported: Importing) -> None:
    first = imported(a_list())
    before = api.get("/contacts", limit=100).json["data"]
    again = imported(a_list())
    assert counts(again)[:3] == (0, 0, first["result"]["created"])
    assert api.get("/contacts", limit=100).json["data"] == before


def test_files_go_once_nobody_needs_them(
    app: Flask, api: Api, project: TestProject, imported: Importing
) -> None:
    done = imported("email\nbad\n")["id"]
    waiting = send(api, "email\na@example.com\n").json["jobId"]
    with app.app_context():
        mine = Import.project_id == project.id
        with transaction():
            db.session.execute(update(Import).where(mine).values(created_at=func.now() - timedelta(days=2)))
        with transaction():
            forget_old_files()
        assert db.session.scalar(select(func.count()).where(mine)) == 2
        with transaction():
            ended = func.now() - timedelta(days=8)
            db.session.execute(
                update(Job)
                .where(Job.project_id == project.id, Job.state == "completed")
                .values(finished_at=ended)
            )
            db.session.execute(update(Import).where(mine).values(created_at=ended))
        with transaction():
            while forget_old_files():
                pass
        assert [str(each) for each in db.session.scalars(select(Import.id).where(mine))] == [waiting]
        for table in (ImportChunk, RejectedRow):
            left = select(func.count()).where(table.project_id == project.id, table.import_id == done)
            assert db.session.scalar(left) == 0
    gone = api.get(f"/contacts/import/{done}").json
    assert (gone["errorsUrl"], gone["fileName"], gone["result"]["failed"]) == (None, None, 1)
    error_of(api.get(f"/contacts/import/{done}/errors"), 404, "IMPORT_NOT_FOUND")
