"""The real worker: each job in a context of its own, and a killed one is noticed."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from plunk.config import Settings
from plunk.db.session import transaction
from plunk.jobs import service
from plunk.jobs.service import sweep
from tests.api import Api
from tests.live import eventually, work_off, worker


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
    from sqlalchemy import select

    from plunk.contacts.models import Contact
    from plunk.db.base import db

    contact = api.contact("a@example.com", data={"plan": "pro"})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    db.session.execute(select(Contact.id).where(Contact.email == "a@example.com").with_for_update())
    with worker(settings) as process:
        eventually(lambda: api.get(f"/jobs/{job_id}").json["state"] == "active")
        process.send_signal(signal.SIGKILL)
        process.wait()
    db.session.rollback()
    assert api.get(f"/jobs/{job_id}").json["state"] == "active"

    monkeypatch.setattr(service, "SILENT_AFTER", timedelta(0))
    with transaction():
        sweep()
    work_off(settings)
    assert api.get(f"/jobs/{job_id}").json["state"] == "completed"
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {}
