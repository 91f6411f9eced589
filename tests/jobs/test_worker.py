"""The real worker: each job in a context of its own, and a killed one is noticed."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from plunk.config import Settings
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import sweeping
from plunk.jobs.models import Job
from plunk.jobs.queue import BULK
from plunk.jobs.sweeping import sweep
from tests.api import Api
from tests.conftest import TestProject
from tests.embedded.programs import processes
from tests.live import eventually, work_off, worker

pytestmark = pytest.mark.usefixtures("alone")


def test_a_worker_does_many_jobs_one_after_the_other(api: Api, settings: Settings) -> None:
    api.contact("a@example.com", data={f"k{n}": n for n in range(6)} | {"stays": 1})
    ids = [api.delete(f"/contacts/fields/k{n}").json["jobId"] for n in range(6)]
    work_off(settings)
    assert {api.get(f"/jobs/{job_id}").json["state"] for job_id in ids} == {"completed"}
    assert api.get("/contacts").json["data"][0]["data"] == {"stays": 1}


def test_a_job_whose_worker_was_killed_is_done_by_another(
    api: Api, settings: Settings, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The killed one is held fast inside its job by a row that this test has locked."""
    contact = api.contact("a@example.com", data={"plan": "pro"})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    db.session.execute(select(Contact.id).where(Contact.email == "a@example.com").with_for_update())
    with worker(settings, BULK) as process:
        eventually(lambda: api.get(f"/jobs/{job_id}").json["state"] == "active")
        process.send_signal(signal.SIGKILL)
        process.wait()
    db.session.rollback()
    assert api.get(f"/jobs/{job_id}").json["state"] == "active"

    def is_made_up_for() -> bool:
        with transaction():
            sweep()  # it leaves alone what the orphan of the killed one has locked this very moment
        work_off(settings)
        return bool(api.get(f"/jobs/{job_id}").json["state"] == "completed")

    monkeypatch.setattr(sweeping, "SILENT_AFTER", timedelta(0))
    eventually(is_made_up_for)
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {}


def test_a_job_whose_work_horse_was_killed_is_handed_on_at_once(
    api: Api, settings: Settings, context: None
) -> None:
    """There is no sweep here: only the worker itself can have noticed."""
    contact = api.contact("a@example.com", data={"plan": "pro"})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    db.session.execute(select(Contact.id).where(Contact.email == "a@example.com").with_for_update())
    with worker(settings, BULK) as process:
        eventually(lambda: api.get(f"/jobs/{job_id}").json["state"] == "active")
        (horse,) = (pid for pid, parent, _ in processes() if parent == process.pid)
        os.kill(horse, signal.SIGKILL)
        db.session.rollback()
        eventually(lambda: api.get(f"/jobs/{job_id}").json["state"] == "completed")
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {}


def test_a_job_that_workers_die_of_is_not_handed_on_for_ever(
    api: Api, project: TestProject, context: None
) -> None:
    api.contact("a@example.com", data={"plan": "pro"})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    for attempts, state in ((sweeping.MAX_ATTEMPTS - 1, "queued"), (sweeping.MAX_ATTEMPTS, "active")):
        with transaction():
            db.session.execute(
                update(Job).where(Job.id == UUID(job_id)).values(state="active", attempts=attempts)
            )
        with transaction():
            sweeping.hand_on(project.id, UUID(job_id))
        assert api.get(f"/jobs/{job_id}").json["state"] == state
