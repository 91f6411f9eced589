"""A refresh taken step by step, and whether memberships are sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from plunk.db.base import db
from plunk.db.locks import lock_alone
from plunk.db.session import transaction
from plunk.jobs import running
from plunk.jobs.models import Job
from plunk.segments import computing, refresh, waiting
from plunk.testing.api import Api, Project
from tests.segments.traces import faults

Walk = Callable[..., None]


@pytest.fixture
def walk(app: Flask, project: Project, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Ranges of three contacts, none of them in requests; the function takes so many steps, or all."""
    monkeypatch.setattr(refresh, "RANGE", 3)
    monkeypatch.setattr(computing, "AT_ONCE", 0)
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.0)

    def steps(most: int = 1_000) -> None:
        with app.app_context():
            for _ in range(most):
                with transaction():
                    lock_alone("rules", project.id)
                    if refresh.step(project.id) is None:
                        return

    return steps


@pytest.fixture
def sound(app: Flask, project: Project) -> Callable[[], list[str]]:
    """Answers what is wrong with the memberships; nothing, if all is well."""

    def look() -> list[str]:
        with app.app_context():
            return faults(project.id)

    return look


def ten(api: Api, plan: str = "trial") -> list[dict[str, Any]]:
    """Contacts on that plan."""
    return [api.contact(f"c{number}@example.com", data={"plan": plan}) for number in range(10)]


def run_jobs(project: Project, kind: str) -> None:
    """Does all jobs of a kind, as a worker would."""
    waiting_jobs = select(Job.id).where(Job.project_id == project.id, Job.kind == kind)
    for job_id in db.session.scalars(waiting_jobs).all():
        running.run(str(project.id), str(job_id))
