"""Jobs: a row is the truth, a queue only carries ids, and running twice is harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, text, update

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import kinds, running, service
from plunk.jobs.models import Job
from plunk.jobs.running import run
from plunk.jobs.service import start
from plunk.jobs.sweeping import forget_old_jobs
from tests.api import Api
from tests.conftest import TestProject
from tests.jobs.conftest import at_work, begin, queued
from tests.live import at_once, own_app
from tests.web.envelope import error_of


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


def test_a_worker_that_is_to_stop_hands_the_job_on_at_once(
    app: Flask, project: TestProject, done: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds.register(app, "note", lambda job: job.batch(lambda: {"worked": True}))
    job_id = begin(project)
    with monkeypatch.context() as patch:
        patch.setattr(running.stopping, "is_stopping", lambda: True)
        run(str(project.id), job_id)
    assert queued().count((str(project.id), job_id)) == 2
    run(str(project.id), job_id)
    with transaction():
        assert service.get(UUID(str(project.id)), UUID(job_id)).result == {"worked": True}


def test_a_batch_that_meets_a_deadlock_is_done_again(app: Flask, project: TestProject, done: list) -> None:
    tries: list[int] = []

    def unlucky() -> int:
        tries.append(1)
        if len(tries) < 4:
            db.session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"))
        return len(tries)

    assert at_work(project, begin(project)).batch(unlucky) == 4


def test_jobs_are_listed_newest_first(project: TestProject, api: Api, done: list) -> None:
    ids = [begin(project) for _ in range(3)]
    run(str(project.id), ids[1])
    first = api.get("/jobs?limit=2&kind=note").json
    assert [job["id"] for job in first["data"]] == ids[:0:-1]
    assert (first["total"], first["hasMore"]) == (3, True)
    rest = api.get(f"/jobs?limit=2&kind=note&cursor={first['cursor']}").json
    assert ([job["id"] for job in rest["data"]], rest["hasMore"]) == (ids[:1], False)
    assert [job["id"] for job in api.get("/jobs?state=completed").json["data"]] == [ids[1]]
    assert api.get("/jobs?kind=other").json["data"] == []
    error_of(api.get("/jobs?state=lost"), 422, "VALIDATION_ERROR")
    error_of(api.get(f"/jobs?cursor={first['cursor']}"), 422, "VALIDATION_ERROR")


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
