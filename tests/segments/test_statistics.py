"""The planner hears at once of what came in by the thousand; until then, pages after an import would be slow."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, text

from plunk.db import statistics
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.models import Job
from plunk.jobs.running import run
from plunk.segments import computing
from plunk.testing.api import Api, Project
from tests.imports.conftest import send
from tests.segments.rules import plan_is

LOOKED = text("SELECT last_analyze FROM pg_stat_user_tables WHERE relname = :table")


def looked(table: str) -> datetime | None:
    with transaction():
        found: datetime | None = db.session.scalar(LOOKED, {"table": table})
    return found


def work(project: Project) -> None:
    """Does what waits, as a worker would."""
    for job_id in db.session.scalars(select(Job.id).where(Job.project_id == project.id)).all():
        run(str(project.id), str(job_id))


@pytest.fixture(autouse=True)
def five_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MANY", 5)
    monkeypatch.setattr(computing, "AT_ONCE", 0)


@pytest.mark.parametrize(("number", "is_many"), [(5, True), (4, False)])
def test_after_a_fill(api: Api, app: Flask, project: Project, number: int, is_many: bool) -> None:
    for each in range(number):
        api.contact(f"c{each}@example.com", data={"plan": "trial"})
    api.segment("Trial users", plan_is("trial"), trackMembership=True)
    with app.app_context():
        before = looked("memberships")
        work(project)
        assert (looked("memberships") != before) is is_many


@pytest.mark.parametrize(("number", "is_many"), [(5, True), (4, False)])
def test_after_an_import(api: Api, app: Flask, project: Project, number: int, is_many: bool) -> None:
    send(api, "email\n" + "".join(f"c{each}@example.com\n" for each in range(number)))
    with app.app_context():
        before = looked("contacts")
        work(project)
        assert (looked("contacts") != before) is is_many
