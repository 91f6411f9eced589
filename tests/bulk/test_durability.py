"""Whatever dies and whoever else writes: nobody is forgotten, nothing happens twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from plunk.bulk import jobs as bulk_jobs
from plunk.config import Settings
from plunk.db.session import after_commit, transaction
from plunk.jobs import running, sweeping
from plunk.jobs.queue import redis
from plunk.jobs.running import run
from plunk.jobs.sweeping import sweep
from tests.api import Api
from tests.bulk.conftest import begin, counts, stored_events, subscribed
from tests.conftest import TestProject
from tests.live import at_once, eventually, work_off, worker
from tests.segments.rules import count, field, people, plan_is, rule, static

PEOPLE = 40


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_jobs, "BATCH", 7)


def work(app: Flask, project: TestProject, job_id: str) -> None:
    with app.app_context():
        run(str(project.id), job_id)


def take_up_again(app: Flask) -> None:
    with pytest.MonkeyPatch.context() as patch, app.app_context(), transaction():
        patch.setattr(sweeping, "SILENT_AFTER", timedelta(0))
        sweep()


def die_at(patch: pytest.MonkeyPatch, owner: Any, name: str, turn: int, *, after: bool) -> None:
    """The worker dies at the n-th call of a function, before it or when it has done its work."""
    real, calls = getattr(owner, name), []

    def deadly(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == turn and not after:
            raise SystemExit
        result = real(*args, **kwargs)
        if len(calls) == turn:
            raise SystemExit
        return result

    patch.setattr(owner, name, deadly)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "place", [(bulk_jobs, "lock_all"), (running.Running, "report"), (Session, "commit")], ids=lambda p: p[1]
)
def test_a_worker_that_dies_anywhere_leaves_whole_batches(
    app: Flask, api: Api, project: TestProject, place: tuple[Any, str], after: bool
) -> None:
    on = api.segment("On", field("subscribed", "equals", value=True), trackMembership=True)
    ids = [each["id"] for each in people(api, *(f"n{n}" for n in range(PEOPLE)))]
    job_id = begin(api, "/contacts/bulk-unsubscribe", filter={})
    with pytest.MonkeyPatch.context() as patch:
        die_at(patch, *place, 4, after=after)
        with pytest.raises(SystemExit):
            work(app, project, job_id)
    halfway = api.get(f"/contacts/bulk/{job_id}").json
    assert (halfway["state"], halfway["progress"]["percent"] < 100) == ("active", True)
    take_up_again(app)
    work(app, project, job_id)
    found = api.get(f"/contacts/bulk/{job_id}").json
    assert (found["state"], counts(found)) == ("completed", (PEOPLE, 0, 0))
    assert stored_events(app, project, "contact.unsubscribed") == dict.fromkeys(ids, 1)
    assert stored_events(app, project, "segment.on.exit") == dict.fromkeys(ids, 1)
    assert count(api, on) == (0, 0)


@pytest.mark.usefixtures("alone")
def test_a_real_worker_that_is_killed_is_made_up_for(
    app: Flask, api: Api, project: TestProject, settings: Settings
) -> None:
    ids = [each["id"] for each in people(api, *(f"n{n}" for n in range(PEOPLE)))]
    made = static(api, "List", trackMembership=True)
    job_id = begin(api, f"/segments/{made['id']}/members/bulk", filter={"search": "n"})
    with worker(settings, "bulk"):
        eventually(lambda: api.get(f"/contacts/bulk/{job_id}").json["state"] != "queued")
    with app.app_context():
        redis().flushdb()
    take_up_again(app)
    work_off(settings)
    found = api.get(f"/contacts/bulk/{job_id}").json
    assert (found["state"], sum(counts(found))) == ("completed", PEOPLE)
    assert stored_events(app, project, "segment.list.entry") == dict.fromkeys(ids, 1)


def test_of_two_workers_at_one_job_only_one_counts(app: Flask, api: Api, project: TestProject) -> None:
    ids = [each["id"] for each in people(api, *(f"n{n}" for n in range(PEOPLE)))]
    job_id = begin(api, "/contacts/bulk-unsubscribe", filter={})
    report = running.Running.report
    others: list[str] = []

    def report_late(self: running.Running, progress: dict[str, Any]) -> None:
        if progress["changed"] == 14 and not others:
            others.append("one")
            take_up_again(app)
        report(self, progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running.Running, "report", report_late)
        work(app, project, job_id)
    assert api.get(f"/contacts/bulk/{job_id}").json["result"]["changed"] == 7
    work(app, project, job_id)
    assert counts(api.get(f"/contacts/bulk/{job_id}").json) == (PEOPLE, 0, 0)
    assert stored_events(app, project, "contact.unsubscribed") == dict.fromkeys(ids, 1)


def test_a_cancelled_job_keeps_what_is_done_and_does_no_more(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(api, *(f"n{n}" for n in range(PEOPLE)))
    job_id = begin(api, "/contacts/bulk-delete", filter={})
    report = running.Running.report

    def cancel_after(self: running.Running, progress: dict[str, Any]) -> None:
        report(self, progress)
        if progress["changed"] == 14:
            after_commit(lambda: api.post(f"/contacts/bulk/{job_id}/cancel"))

    monkeypatch.setattr(running.Running, "report", cancel_after)
    work(app, project, job_id)
    found = api.get(f"/contacts/bulk/{job_id}").json
    assert (found["state"], counts(found)) == ("cancelled", (14, 0, 0))
    assert len(subscribed(api)) == PEOPLE - 14


def test_who_is_changed_a_moment_before_is_not_meant_any_more(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(api, "ada", "bob", data={"plan": "free"})
    job_id = begin(api, "/contacts/bulk-delete", filter={"condition": rule(plan_is("free"))})
    lock_all = bulk_jobs.lock_all

    def late(project_id: Any, ids: Any) -> Any:
        with app.test_client() as other:
            Api(other, project.secret_key).contact("ada@example.com", data={"plan": "pro"})
        return lock_all(project_id, ids)

    monkeypatch.setattr(bulk_jobs, "lock_all", late)
    work(app, project, job_id)
    assert list(subscribed(api)) == ["ada"]
    assert counts(api.get(f"/contacts/bulk/{job_id}").json) == (1, 0, 0)


@pytest.mark.parametrize("is_target", [True, False])
def test_a_segment_that_is_deleted_meanwhile_ends_the_job(
    app: Flask, api: Api, project: TestProject, is_target: bool
) -> None:
    people(api, "ada")
    made = static(api, "List", "ada@example.com")
    if is_target:
        job_id = begin(api, f"/segments/{made['id']}/members/bulk", filter={})
    else:
        job_id = begin(api, "/contacts/bulk-delete", filter={"segmentId": made["id"]})
    assert api.delete(f"/segments/{made['id']}").status_code == 204
    work(app, project, job_id)
    found = api.get(f"/contacts/bulk/{job_id}").json
    assert (found["state"], counts(found)) == ("failed", (0, 0, 0))
    assert "was deleted" in found["failedReason"]
    assert list(subscribed(api)) == ["ada"]


def test_opposite_jobs_at_once_reach_no_deadlock(app: Flask, api: Api, project: TestProject) -> None:
    everybody = [each["id"] for each in people(api, *(f"n{n}" for n in range(PEOPLE)))]
    made = static(api, "List", trackMembership=True)
    members = f"/segments/{made['id']}/members/bulk"
    for _ in range(5):
        jobs = [
            begin(api, "/contacts/bulk-unsubscribe", contactIds=everybody),
            begin(api, "/contacts/bulk-subscribe", contactIds=everybody[::-1]),
            begin(api, members, contactIds=everybody, action="add"),
            begin(api, members, contactIds=everybody[::-1], action="remove"),
        ]
        at_once([partial(work, app, project, job_id) for job_id in jobs])
        for job_id in jobs:
            found = api.get(f"/contacts/bulk/{job_id}").json
            assert (found["state"], sum(counts(found))) == ("completed", PEOPLE)
    flips = stored_events(app, project, "contact.unsubscribed")
    flips.subtract(stored_events(app, project, "contact.subscribed"))
    still = {each["id"]: each["subscribed"] for each in api.get("/contacts", limit=100).json["data"]}
    assert {contact_id: flips[contact_id] == 0 for contact_id in still} == still
    members_now = len(api.members(made))
    assert count(api, made)[0] == members_now
