"""New and edited rules: members are found range by range."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.models import Job
from plunk.segments import catching_up, computing, jobs, refresh
from plunk.testing.api import Api, Project
from tests.segments.conftest import Walk, run_jobs, ten
from tests.segments.rules import count, member_of, plan_is, rule, static
from tests.segments.traces import history, segment_events


def test_a_first_fill_goes_range_by_range(api: Api, walk: Walk, sound: Any) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    assert (trial["status"], trial["memberCount"]) == ("computing", 10), "answered by the rule meanwhile"
    walk(2)
    seen = api.get(f"/segments/{trial['id']}").json
    assert seen["status"] == "computing" and "6 contacts" in seen["statusReason"]
    assert len(api.members(trial)) == 10
    walk()
    seen = api.get(f"/segments/{trial['id']}").json
    assert (seen["status"], seen["statusReason"], seen["memberCount"]) == ("ready", None, 10)
    assert history(api, trial) == [] and sound() == []


@pytest.mark.parametrize("steps", [0, 2, 4])
def test_writes_during_the_first_fill_are_told_and_the_start_is_not(
    api: Api, walk: Walk, sound: Any, steps: int
) -> None:
    contacts = ten(api)
    other = api.contact("other@example.com", data={"plan": "pro"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    walk(steps)
    for contact in (contacts[0], contacts[5], contacts[9]):
        api.contact(contact["email"], data={"plan": "pro"})
    api.contact("other@example.com", data={"plan": "trial"})
    api.contact("new@example.com", data={"plan": "trial"})
    api.contact("new@example.com", data={"city": "Paris"})
    api.delete(f"/contacts/{contacts[8]['id']}")
    walk()
    assert sorted(history(api, trial), key=str) == [
        ("entry", "new@example.com"),
        ("entry", "other@example.com"),
        ("exit", "c0@example.com"),
        ("exit", "c5@example.com"),
        ("exit", "c9@example.com"),
        ("exit", None),
    ]
    assert segment_events(api, other) == ["segment.trial-users.entry"]
    assert sound() == []


def test_who_matches_again_during_the_first_fill_is_told_of_both(api: Api, walk: Walk, sound: Any) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    for plan in ("pro", "trial"):
        api.contact("c9@example.com", data={"plan": plan})
    walk()
    assert history(api, trial) == [("entry", "c9@example.com"), ("exit", "c9@example.com")]
    assert sound() == []


def test_a_static_member_and_a_first_fill(api: Api, walk: Walk, sound: Any) -> None:
    contacts = ten(api)
    vip = static(api, "VIP", "c9@example.com")
    reader = api.segment("Readers", member_of(vip), trackMembership=True)
    api.post(f"/segments/{vip['id']}/members", {"emails": [contacts[8]["email"]]})
    api.delete(f"/segments/{vip['id']}/members", {"emails": ["c9@example.com"]})
    walk()
    assert history(api, reader) == [("exit", "c9@example.com"), ("entry", "c8@example.com")]
    assert sound() == []


def test_an_edit_tells_of_those_whom_it_moves(api: Api, walk: Walk, sound: Any) -> None:
    ten(api)
    api.contact("pro@example.com", data={"plan": "pro"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    reader = api.segment("Readers", member_of(trial), trackMembership=True)
    walk()
    edited = api.patch(f"/segments/{trial['id']}", {"condition": rule(plan_is("pro"))}).json
    assert edited["status"] == "computing"
    assert api.get(f"/segments/{reader['id']}").json["status"] == "computing", (
        "its readers are looked at anew"
    )
    walk()
    for segment in (trial, reader):
        told = history(api, segment)
        assert sorted(told, key=str)[0] == ("entry", "pro@example.com") and len(told) == 11
    assert sound() == []


def test_an_edit_in_the_middle_of_the_first_fill(api: Api, walk: Walk, sound: Any) -> None:
    """Those it had reached are moved by the edit; the others still belong to the starting point."""
    ten(api)
    for number in range(10, 16):
        api.contact(f"c{number}@example.com", data={"plan": "pro"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    walk(2)
    api.patch(f"/segments/{trial['id']}", {"condition": rule(plan_is("pro"))})
    walk()
    assert {change for change, _ in history(api, trial)} == {"exit"} and len(history(api, trial)) == 6
    assert sound() == []


def test_an_edit_of_an_untracked_rule_moves_those_in_its_readers(api: Api, walk: Walk, sound: Any) -> None:
    ten(api)
    plain = api.segment("Trial users", plan_is("trial"))
    reader = api.segment("Readers", member_of(plain), trackMembership=True)
    walk()
    api.patch(f"/segments/{plain['id']}", {"condition": rule(plan_is("pro"))})
    walk()
    assert {change for change, _ in history(api, reader)} == {"exit"}
    assert sound() == []


def test_the_first_range_is_a_small_one(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [{"email": f"c{number}@example.com", "event": "seen"} for number in range(150)]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    sizes = []

    def step(project_id: UUID, *, most: int) -> int | None:
        sizes.append(refresh.step(project_id, most=most))
        return sizes[-1]

    monkeypatch.setattr(catching_up, "step", step)
    api.segment("Everybody", {"field": "event.seen", "operator": "triggered"}, trackMembership=True)
    assert sizes == [100, 50, None]


def test_a_forgotten_fill_is_taken_up_again(api: Api, app: Flask, project: Project, walk: Walk) -> None:
    ten(api)
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    with app.app_context():
        with transaction():
            db.session.query(Job).filter(Job.project_id == project.id).delete()
        with transaction():
            assert jobs.resume() >= 1
        with transaction():
            assert jobs.resume() == 0, "somebody is at it"
        run_jobs(project, computing.REFRESH)
    assert count(api, trial) == (10, 10)
    assert api.get(f"/segments/{trial['id']}").json["status"] == "ready"
