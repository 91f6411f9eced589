"""Jobs whose workers failed, died or fell silent are done again, and given up in the end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from rq import Queue
from sqlalchemy import func, select

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import heartbeat, running, service, sweeping
from plunk.jobs.models import Job
from plunk.jobs.queue import BULK, redis
from plunk.jobs.running import run
from plunk.jobs.sweeping import sweep
from tests.api import Api
from tests.conftest import TestProject
from tests.jobs.conftest import at_work, begin, queued, silence
from tests.live import eventually


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
