"""Tracking switched off, a segment deleted: the rows kept for it go."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from plunk.db.base import db
from plunk.segments import computing
from plunk.segments.models import Membership, MembershipChange, MembershipTimer, SegmentCountDelta
from plunk.testing.api import Api, Project
from tests.segments.conftest import run_jobs, ten
from tests.segments.rules import plan_is
from tests.segments.traces import history


def test_tracking_off_and_on_begins_a_new_start(api: Api, app: Flask, project: Project) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    off = api.patch(f"/segments/{trial['id']}", {"trackMembership": False}).json
    assert (off["status"], off["memberCount"]) == ("ready", 10)
    with app.app_context():
        left = select(func.count()).where(Membership.project_id == project.id)
        assert db.session.scalar(left) == 0
    api.contact("c0@example.com", data={"plan": "pro"})
    on = api.patch(f"/segments/{trial['id']}", {"trackMembership": True}).json
    assert (on["status"], on["memberCount"]) == ("ready", 9)
    assert history(api, trial) == []


def test_many_rows_of_a_segment_that_is_gone_are_removed_by_a_job(
    api: Api, app: Flask, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "CLEAR_AT_ONCE", 4)
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.delete(f"/segments/{trial['id']}")
    assert rows_left(app, project) == {"memberships": 7}, "and one row of counts is gone"
    with app.app_context():
        run_jobs(project, computing.CLEAR)
    assert rows_left(app, project) == {}


def test_timers_and_history_go_with_a_segment(
    api: Api, app: Flask, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "CLEAR_AT_ONCE", 4)
    new = {"field": "createdAt", "operator": "within", "value": 1, "unit": "days"}
    recent = api.segment("Recent", new, trackMembership=True)
    ten(api)
    assert rows_left(app, project).keys() >= {"membership_timers", "memberships", "membership_changes"}
    api.delete(f"/segments/{recent['id']}")
    with app.app_context():
        run_jobs(project, computing.CLEAR)
    assert rows_left(app, project) == {}


def rows_left(app: Flask, project: Project) -> dict[str, int]:
    """What is kept of a project's segments: rows by table, for those tables that hold any."""
    tables = (Membership, MembershipTimer, MembershipChange, SegmentCountDelta)
    with app.app_context():
        found = {
            each.__tablename__: db.session.scalar(
                select(func.count()).select_from(each).where(each.project_id == project.id)
            )
            for each in tables
        }
    return {name: number for name, number in found.items() if number}
