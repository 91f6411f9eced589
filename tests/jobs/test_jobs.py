"""Jobs: a row is the truth, a queue only carries ids, and running twice is harmless."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from rq import Queue
from sqlalchemy import func, select, text, update

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import heartbeat, kinds, running, service, sweeping
from plunk.jobs.models import Job
from plunk.jobs.queue import BULK, redis
from plunk.jobs.running import Running, run
from plunk.jobs.service import start
from plunk.jobs.sweeping import forget_old_jobs, sweep
from tests.api import Api
from tests.conftest import TestProject
from tests.live import at_once, eventually, own_app
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

    kinds.register(app, "note", note)
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
    monkeypatch.setattr(sweeping, "SILENT_AFTER", timedelta(0))
    job_id = begin(project, fails=True)
    for turn in range(1, running.MAX_FAILURES + 1):
        with pytest.raises(ValueError):
            run(str(project.id), job_id)
        job = api.get(f"/jobs/{job_id}").json
        assert job["state"] == ("failed" if turn == running.MAX_FAILURES else "active")
        with transaction():
            sweep()
    assert "no luck" in job["failedReason"]
    assert job["finishedAt"]
    run(str(project.id), job_id)
    assert len(done) == running.MAX_FAILURES


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


def at_work(project: TestProject, job_id: str) -> Running:
    """The job, claimed by a worker that is in the middle of it."""
    claimed = running._claim(UUID(str(project.id)), UUID(job_id))
    assert claimed
    return claimed


def test_a_worker_that_was_thought_dead_commits_nothing_more(project: TestProject, done: list) -> None:
    job_id = begin(project)
    first = at_work(project, job_id)
    silence(job_id)
    with transaction():
        sweep()
    second = at_work(project, job_id)
    with pytest.raises(running.NotOurs):
        first.batch(lambda: first.report({"rows": 1}))
    first.end(state="completed", result={"turn": 1})
    second.batch(lambda: second.report({"rows": 2}))
    with transaction():
        job = service.get(UUID(str(project.id)), UUID(job_id))
        assert (job.state, job.progress) == ("active", {"rows": 2})


def test_progress_gives_a_job_all_its_tries_back(project: TestProject, done: list) -> None:
    job_id = begin(project)
    for turn in range(sweeping.MAX_ATTEMPTS + 3):
        worked = at_work(project, job_id)
        worked.batch(partial(worked.report, {"rows": turn}))
        silence(job_id)
        with transaction():
            sweep()
    run(str(project.id), job_id)
    assert len(done) == 1


def test_a_job_whose_workers_die_without_progress_is_given_up(
    project: TestProject, api: Api, done: list
) -> None:
    job_id = begin(project)
    for _ in range(sweeping.MAX_ATTEMPTS):
        at_work(project, job_id)
        silence(job_id)
        with transaction():
            sweep()
    job = api.get(f"/jobs/{job_id}").json
    assert (job["state"], job["failedReason"]) == ("failed", "Its worker ended 20 times in the middle")


def test_a_cancelled_job_commits_nothing_more(app: Flask, project: TestProject, api: Api, done: list) -> None:
    def never_ends(job: Running) -> dict[str, Any]:
        assert api.post(f"/jobs/{job.id}/cancel").json["state"] == "cancelled"
        job.batch(lambda: job.report({"rows": 1}))
        raise AssertionError("it went on")

    kinds.register(app, "note", never_ends, can_cancel=True)
    job_id = begin(project)
    run(str(project.id), job_id)
    job = api.get(f"/jobs/{job_id}").json
    assert (job["state"], job["progress"], job["failedReason"]) == ("cancelled", {}, None)
    assert job["finishedAt"]
    error_of(api.post(f"/jobs/{job_id}/cancel"), 409, "JOB_ENDED")


def test_a_queued_job_is_cancelled_before_it_begins(
    app: Flask, project: TestProject, api: Api, done: list
) -> None:
    kinds.register(app, "note", lambda job: {}, can_cancel=True)
    job_id = begin(project)
    assert api.post(f"/jobs/{job_id}/cancel").status_code == 200
    run(str(project.id), job_id)
    assert api.get(f"/jobs/{job_id}").json["state"] == "cancelled"


def test_jobs_that_others_wait_for_cannot_be_cancelled(project: TestProject, api: Api, done: list) -> None:
    error_of(api.post(f"/jobs/{begin(project)}/cancel"), 409, "JOB_NOT_CANCELLABLE")


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


def test_long_steps_do_not_make_a_worker_look_dead(
    project: TestProject, done: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    job_id = begin(project)
    claimed = at_work(project, job_id)
    silence(job_id)
    with heartbeat.beating(claimed.project_id, claimed.id, claimed.claim):
        eventually(lambda: not is_silent(job_id))


def is_silent(job_id: str) -> bool:
    with transaction():
        seen = Job.seen_at < func.now() - sweeping.SILENT_AFTER
        return db.session.scalar(select(Job.id).where(Job.id == UUID(job_id), seen)) is not None


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


def silence(job_id: str, **values: Any) -> None:
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == UUID(job_id))
            .values(seen_at=func.now() - sweeping.SILENT_AFTER - timedelta(seconds=1), **values)
        )
