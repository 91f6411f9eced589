"""`POST /segments/{id}/compute`: members found anew, and the start told of on request."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments.models import Membership
from plunk.testing.api import Api, Project, problems
from tests.segments.conftest import Walk, ten
from tests.segments.rules import plan_is, refusal, static
from tests.segments.traces import history


def test_computing_again_finds_nothing_to_do(api: Api) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    answer = api.post(f"/segments/{trial['id']}/compute", {})
    assert (answer.status_code, answer.json) == (200, {"added": 0, "removed": 0, "total": 10})
    assert history(api, trial) == []


def test_computing_mends_what_somebody_broke(api: Api, app: Flask, project: Project) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    with app.app_context(), transaction():
        some = db.session.scalars(select(Membership).where(Membership.project_id == project.id)).first()
        db.session.delete(some)
    assert api.post(f"/segments/{trial['id']}/compute", {}).json["added"] == 1
    assert len(history(api, trial)) == 1


def test_the_start_is_told_of_on_request_and_once(api: Api) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.contact("later@example.com", data={"plan": "trial"})
    for _ in range(2):
        answer = api.post(f"/segments/{trial['id']}/compute", {"emitExisting": True})
        assert answer.json == {"added": 0, "removed": 0, "total": 11}
        assert len(history(api, trial)) == 11
    assert {change for change, _ in history(api, trial)} == {"entry"}


def test_the_start_is_told_of_even_while_it_is_being_found(api: Api, walk: Walk, sound: Any) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    walk(2)
    answer = api.post(f"/segments/{trial['id']}/compute", {"emitExisting": True})
    assert answer.status_code == 202 and answer.json["jobId"]
    walk()
    assert len(history(api, trial)) == 10 and sound() == []


def test_only_tracked_rules_can_be_computed(api: Api) -> None:
    for segment in (static(api, "VIP", trackMembership=True), api.segment("Plain", plan_is("pro"))):
        answer = api.post(f"/segments/{segment['id']}/compute", {})
        assert refusal(answer) == (400, "SEGMENT_NOT_TRACKED")
    bad = api.post(f"/segments/{segment['id']}/compute", {"emitExisting": "yes"})
    assert (bad.status_code, set(problems(bad))) == (422, {"emitExisting"})
