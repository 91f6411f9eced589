"""Jobs: a row is the truth, a queue only carries ids, and running twice is harmless."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from rq import Queue
from sqlalchemy import func, update

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import service
from plunk.jobs.models import Job
from plunk.jobs.queue import BULK, redis
from plunk.jobs.service import Running, forget_old_jobs, run, start, sweep
from tests.api import Api
from tests.conftest import TestProject
from tests.live import at_once, own_app
from tests.web.envelope import error_of


@pytest.fixture
def done(app: Flask, context: None) -> Iterator[list[Running]]:
    """A kind of job that notes each run; the queue is emptied."""
    Queue(BULK, connection=redis(), serializer="json").empty()
    runs: list[Running] = []

    def note(job: Running) -> dict[str, Any]:
        runs.append(job)
        if job.params.get("fails"):
            raise ValueError("no luck")
        return {"turn": len(runs)}

    service.register(app, "note", note)
    yield runs
    del app.extensions["plunk.jobs"]["note"]
    db.session.rollback()


def begin(project: TestProject, **params: Any) -> str:
    with transaction():
        return str(start(UUID(str(project.id)), "note", params))


def queued() -> list[tuple[str, ...]]:
    return [tuple(job.args) for job in Queue(BULK, connection=redis(), serializer="json").jobs]


def test_a_job_is_queued_by_id_after_the_commit(project: TestProject, api: Api, done: list) -> None:
    with transaction():
        job_id = str(start(UUID(str(project.id)), "note", {"n": 1}))
        assert queued() == []
    assert queued() == [(str(project.id), job_id)]
    job = api.get(f"/jobs/{job_id}").json
    assert set(job) == {
        "id",
        "kind",
        "state",
        "failedReason",
        "progress",
        "result",
        "createdAt",
        "finishedAt",
    }
    assert (job["state"], job["result"], job["finishedAt"]) == ("queued", None, None)


def test_a_job_of_a_transaction_that_failed_never_was(project: TestProject, done: list) -> None:
    with pytest.raises(RuntimeError), transaction():
        start(UUID(str(project.id)), "note", {})
        raise RuntimeError
    assert queued() == []


def test_a_job_run_twice_works_once(project: TestProject, api: Api, done: list) -> None:
    job_id = begin(project, n=1)
    run(str(project.id), job_id)
    run(str(project.id), job_id)
    assert [job.params for job in done] == [{"n": 1}]
    job = api.get(f"/jobs/{job_id}").json
    assert (job["state"], job["result"], job["failedReason"]) == ("completed", {"turn": 1}, None)


def test_of_two_workers_at_once_one_gets_the_job(app: Flask, project: TestProject, done: list) -> None:
    job_id = begin(project)

    def work() -> None:
        with app.app_context():
            run(str(project.id), job_id)

    at_once([work] * 8)
    assert len(done) == 1


def test_an_unknown_job_is_nothing_to_do(project: TestProject, done: list) -> None:
    run(str(project.id), "01890000-0000-7000-8000-000000000000")
    assert done == []


def test_a_job_that_fails_is_tried_again_and_then_says_why(
    project: TestProject, api: Api, done: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SILENT_AFTER", timedelta(0))
    job_id = begin(project, fails=True)
    for turn in range(1, service.MAX_ATTEMPTS + 1):
        with pytest.raises(ValueError):
            run(str(project.id), job_id)
        job = api.get(f"/jobs/{job_id}").json
        assert job["state"] == ("failed" if turn == service.MAX_ATTEMPTS else "active")
        with transaction():
            sweep()
    assert "no luck" in job["failedReason"]
    assert job["finishedAt"]
    run(str(project.id), job_id)
    assert len(done) == service.MAX_ATTEMPTS


def test_the_sweep_queues_silent_jobs_again_and_leaves_the_others(project: TestProject, done: list) -> None:
    ids = {name: begin(project) for name in ("fresh", "lost", "dead", "ended")}
    run(str(project.id), ids["ended"])
    silence(ids["lost"], state="queued")
    silence(ids["dead"], state="active")
    silence(ids["ended"])
    Queue(BULK, connection=redis(), serializer="json").empty()
    with transaction():
        sweep()
    ours = {job_id for project_id, job_id in queued() if project_id == str(project.id)}
    assert ours == {ids["lost"], ids["dead"]}
    for job_id in ours:
        run(str(project.id), job_id)
    assert len(done) == 3


def test_the_sweep_does_not_fill_the_queue_while_no_worker_runs(project: TestProject, done: list) -> None:
    silence(begin(project), state="queued")
    for _ in range(5):
        with transaction():
            sweep()
    assert len([entry for entry in queued() if entry[0] == str(project.id)]) == 2


def test_a_queue_out_of_reach_loses_no_job(settings: Settings, project: TestProject, api: Api) -> None:
    with own_app(settings, redis_url="redis://127.0.0.1:1/0") as app, app.app_context():
        job_id = begin(project)
    assert api.get(f"/jobs/{job_id}").json["state"] == "queued"


def test_jobs_are_forgotten_after_their_time(
    settings: Settings, project: TestProject, api: Api, done: list
) -> None:
    old, young = begin(project), begin(project)
    for job_id in (old, young):
        run(str(project.id), job_id)
    days = replace(settings).job_retention_days
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == UUID(old))
            .values(finished_at=func.now() - timedelta(days=days, hours=1))
        )
    with transaction():
        assert forget_old_jobs() >= 1
    error_of(api.get(f"/jobs/{old}"), 404, "JOB_NOT_FOUND")
    assert api.get(f"/jobs/{young}").json["state"] == "completed"


def silence(job_id: str, **values: Any) -> None:
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == UUID(job_id))
            .values(seen_at=func.now() - service.SILENT_AFTER - timedelta(seconds=1), **values)
        )
