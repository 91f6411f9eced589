"""Bulk jobs in tests: over HTTP, and done by this process as a worker would do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from plunk.db.base import db
from plunk.events.models import Event
from plunk.jobs.running import run
from plunk.outbox.models import OutboxRow
from tests.api import Api
from tests.conftest import TestProject

Bulk = Callable[..., dict[str, Any]]


def begin(api: Api, path: str, **body: Any) -> str:
    """Posts a bulk call and answers the id of its job."""
    answer = api.post(path, body)
    assert answer.status_code == 202, answer.json
    return str(answer.json["jobId"])


@pytest.fixture
def bulk(app: Flask, api: Api, project: TestProject) -> Bulk:
    """Does a bulk call and answers how it went."""

    def do(path: str, **body: Any) -> dict[str, Any]:
        job_id = begin(api, path, **body)
        with app.app_context():
            run(str(project.id), job_id)
        found: dict[str, Any] = api.get(f"/contacts/bulk/{job_id}").json
        return found

    return do


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    """`(changed, unchanged, not found)`."""
    result = found["result"]
    assert found["progress"]["rows"] == sum(result.values())
    return result["changed"], result["unchanged"], result["notFound"]


def outcomes(found: dict[str, Any]) -> list[str]:
    return [item["outcome"] for item in found["items"]]


def subscribed(api: Api) -> dict[str, bool]:
    """Who is subscribed, by what stands before the @ of up to a hundred contacts."""
    page = api.get("/contacts", limit=100).json["data"]
    return {contact["email"].partition("@")[0]: contact["subscribed"] for contact in page}


def stored_events(app: Flask, project: TestProject, name: str) -> Counter[str]:
    """How many events of a name each contact has."""
    with app.app_context():
        mine = select(Event.contact_id).where(Event.project_id == project.id, Event.name == name)
        return Counter(map(str, db.session.scalars(mine)))


def told(app: Flask, project: TestProject) -> Counter[str]:
    """How many facts of each topic wait to be told."""
    with app.app_context():
        return Counter(db.session.scalars(select(OutboxRow.topic).where(OutboxRow.project_id == project.id)))
