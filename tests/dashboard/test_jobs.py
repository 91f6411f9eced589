"""Jobs in the dashboard: what runs, what failed, ended early."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import update

from plunk.config import Settings
from plunk.dashboard.jobs import words
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.kinds import known
from plunk.jobs.models import Job
from tests.api import Api
from tests.dashboard.visiting import Visit
from tests.live import work_off


def start(api: Api) -> str:
    file = (io.BytesIO(b"email\na@example.com\n"), "people.csv")
    return api.post("/contacts/import", data={"file": file}).json["jobId"]


@pytest.mark.usefixtures("alone")
def test_a_job_is_seen_running_and_ended(settings: Settings, owner: Visit, api: Api) -> None:
    assert "Nothing has run yet" in owner.get("{project}/jobs").text
    start(api)
    page = owner.get("{project}/jobs").text
    assert "Import a file" in page and "waiting" in page and "every 2s" in page
    work_off(settings)
    page = owner.get("{project}/jobs").text
    assert "finished" in page and "created: 1" in page and "every 2s" not in page


def test_every_kind_that_comes_along_has_words(app: Flask) -> None:
    with app.app_context():
        assert set(known()) == set(words.KINDS)


@pytest.mark.usefixtures("alone")
def test_how_far_a_bulk_job_went_is_told(settings: Settings, owner: Visit, api: Api) -> None:
    for name in ("ada", "grace"):
        api.contact(f"{name}@example.com", subscribed=True)
    owner.post("{project}/contacts/many/start", {"action": "unsubscribe", "scope": "all"})
    work_off(settings)
    assert "changed: 2" in owner.get("{project}/jobs").text


@pytest.mark.usefixtures("alone")
def test_jobs_are_found_by_kind_and_state(settings: Settings, owner: Visit, api: Api) -> None:
    start(api)
    work_off(settings)
    assert "/cancel" not in owner.get("{project}/jobs?kind=contacts.import&state=completed").text
    for query in ("kind=contacts.import&state=failed", "kind=event.delete"):
        assert "No such job" in owner.get(f"{{project}}/jobs?{query}").text
    assert "finished" in owner.get("{project}/jobs?kind=nonsense&state=nonsense").text


def test_a_job_is_cancelled_once(owner: Visit, api: Api) -> None:
    job_id = start(api)
    path = f"{{project}}/jobs/{job_id}/cancel"
    assert path.replace("{project}", "") in owner.get("{project}/jobs").text
    owner.post(path)
    assert "cancelled" in owner.get("{project}/jobs").text
    owner.post(path)
    assert "ended already" in owner.get("{project}/jobs").text
    assert "cancelled a job" in owner.get("{project}/settings/audit").text


def test_why_a_job_failed_is_said(app: Flask, owner: Visit, api: Api) -> None:
    job_id = start(api)
    with app.app_context(), transaction():
        failed = update(Job).where(Job.id == job_id).values(state="failed", failed_reason="<i>too odd</i>")
        db.session.execute(failed)
    assert "&lt;i&gt;too odd&lt;/i&gt;" in owner.get("{project}/jobs?state=failed").text
