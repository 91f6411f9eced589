"""An event's deletion among others who write and delete the same contacts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text

from plunk.db.base import db
from plunk.events import jobs as events_jobs
from plunk.jobs.running import run
from tests.api import Api
from tests.conftest import TestProject
from tests.live import eventually


@pytest.mark.parametrize("who", ["deletes the contact", "tracks the event", "tracks another"])
def test_whoever_comes_between_the_lock_and_the_deletion_gets_through(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    contact = api.track("a@example.com", "gone")["contact"]
    job_id = api.delete("/events/gone").json["jobId"]
    is_locked, go_on = threading.Event(), threading.Event()
    delete = events_jobs._delete

    def wait_then_delete(*args: object) -> int:
        is_locked.set()
        go_on.wait(5)
        return delete(*args)

    monkeypatch.setattr(events_jobs, "_delete", wait_then_delete)

    def work() -> None:
        with app.app_context():
            run(str(project.id), job_id)

    def disturb() -> int:
        own = Api(app.test_client(), project.secret_key)
        if who == "deletes the contact":
            return own.delete(f"/contacts/{contact}").status_code
        name = "gone" if who == "tracks the event" else "other"
        return own.post("/v1/track", {"email": "a@example.com", "event": name}).status_code

    with ThreadPoolExecutor(2) as threads:
        job = threads.submit(work)
        assert is_locked.wait(5)
        other = threads.submit(disturb)
        eventually(lambda: other.done() or somebody_waits(app))
        go_on.set()
        job.result(10)
        assert other.result(10) in (200, 204)
    assert api.get(f"/jobs/{job_id}").json["state"] == "completed"


def somebody_waits(app: Flask) -> bool:
    """Whether a session of this database waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with app.app_context():
        return bool(db.session.scalar(waiting))
