"""Time alone moves contacts in and out, at the very moment, with no write and no look at everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from plunk import clock
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments import timers
from plunk.segments.models import MembershipTimer
from plunk.testing.api import Api, Project
from tests.segments.rules import field, member_of, plan_is
from tests.segments.traces import history, segment_events

DAYS_30 = {"value": 30, "unit": "days"}
MOMENT = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _no_due_timers_of_others(app: Flask) -> Iterator[None]:
    """The sweep looks at all projects; what other tests left would be judged along."""
    with app.app_context(), transaction():
        db.session.query(MembershipTimer).delete()
    yield


def pass_time(app: Flask) -> int:
    """What the scheduler does each second."""
    with app.app_context():
        return timers.sweep()


def due(app: Flask, project: Project) -> list[datetime]:
    with app.app_context():
        rows = select(MembershipTimer.due_at).where(MembershipTimer.project_id == project.id)
        return sorted(db.session.scalars(rows))


CASES = [
    pytest.param(field("createdAt", "within", **DAYS_30), True, id="within"),
    pytest.param(field("createdAt", "olderThan", **DAYS_30), False, id="olderThan"),
    pytest.param(field("event.login", "triggeredWithin", **DAYS_30), True, id="triggeredWithin"),
    pytest.param(field("event.login", "notTriggeredWithin", **DAYS_30), False, id="notTriggeredWithin"),
    pytest.param(field("event.login", "triggeredOlderThan", **DAYS_30), False, id="triggeredOlderThan"),
    pytest.param(
        field("event.login", "triggeredCount", value=1, window=30, unit="days"), True, id="triggeredCount"
    ),
    pytest.param(
        field("event.login", "triggeredCount", value=0, comparison="exactly", window=30, unit="days"),
        False,
        id="triggeredCount exactly",
    ),
]


@pytest.mark.parametrize(("rule", "is_in_first"), CASES)
@pytest.mark.parametrize("is_there_before", [True, False], ids=["start", "write"])
def test_a_contact_moves_at_its_moment(
    app: Flask, api: Api, rule: dict[str, Any], is_in_first: bool, is_there_before: bool
) -> None:
    if is_there_before:
        api.track("ada@example.com", "login")
    segment = api.segment("Timed", rule, trackMembership=True)
    if not is_there_before:
        api.track("ada@example.com", "login")
    members = {"ada@example.com"}
    assert api.members(segment) == (members if is_in_first else set())
    with clock.moved(timedelta(days=30) - MOMENT):
        pass_time(app)
        assert api.members(segment) == (members if is_in_first else set()), "a moment before"
    with clock.moved(timedelta(days=30) + MOMENT):
        pass_time(app)
        assert api.members(segment) == (set() if is_in_first else members), "at its moment"
        assert history(api, segment)[0] == ("exit" if is_in_first else "entry", "ada@example.com")


def test_it_does_not_matter_how_late_the_sweep_comes(app: Flask, api: Api) -> None:
    """Everything was off for a year."""
    new = api.segment("New", field("createdAt", "within", **DAYS_30), trackMembership=True)
    api.contact("ada@example.com")
    with clock.moved(timedelta(days=365)):
        assert pass_time(app) == 1
        assert history(api, new) == [("exit", "ada@example.com"), ("entry", "ada@example.com")]
        assert pass_time(app) == 0, "nothing is left to judge"


def test_a_date_in_the_data_comes_and_goes(app: Flask, api: Api) -> None:
    ends_soon = api.segment(
        "Trial ends", field("data.ends", "withinNext", value=7, unit="days"), trackMembership=True
    )
    ends = clock.now() + timedelta(days=20)
    api.contact("ada@example.com", data={"ends": clock.iso(ends)})
    seen = []
    for days in (12, 14, 19, 21):
        with clock.moved(timedelta(days=days)):
            pass_time(app)
            seen.append(bool(api.members(ends_soon)))
    assert seen == [False, True, True, False]


def test_a_write_moves_a_timer_earlier_and_never_later(app: Flask, api: Api, project: Project) -> None:
    active = api.segment("Active", field("event.login", "triggeredWithin", **DAYS_30), trackMembership=True)
    api.track("ada@example.com", "login")
    (first,) = due(app, project)
    with clock.moved(timedelta(days=1)):
        api.track("ada@example.com", "login", timestamp=clock.iso(clock.now() - timedelta(hours=26)))
        assert due(app, project) == [first]
    api.track("ada@example.com", "login")
    with clock.moved(timedelta(days=30, minutes=-1)):
        pass_time(app)
        assert api.members(active) == {"ada@example.com"}
    assert due(app, project)[0] >= first


def test_a_timer_that_came_too_early_is_set_anew(app: Flask, api: Api, project: Project) -> None:
    active = api.segment("Active", field("event.login", "triggeredWithin", **DAYS_30), trackMembership=True)
    old = clock.iso(clock.now() - timedelta(days=20))
    api.track("ada@example.com", "login", timestamp=old)
    api.track("ada@example.com", "login")
    with clock.moved(timedelta(days=10) + MOMENT):
        assert pass_time(app) == 1
        assert api.members(active) == {"ada@example.com"}
        assert len(due(app, project)) == 1
    with clock.moved(timedelta(days=30) + MOMENT):
        pass_time(app)
        assert history(api, active) == [("exit", "ada@example.com"), ("entry", "ada@example.com")]


def test_readers_follow_when_time_passes(app: Flask, api: Api) -> None:
    new = api.segment("New", field("createdAt", "within", **DAYS_30), trackMembership=True)
    plain = api.segment("Old", field("createdAt", "olderThan", **DAYS_30))
    readers = [
        api.segment("New on trial", member_of(new), plan_is("trial"), trackMembership=True),
        api.segment("Not old", {**member_of(plain), "operator": "notMemberOfSegment"}, trackMembership=True),
    ]
    left = api.segment("Left", field("event.segment.new.exit", "triggered"), trackMembership=True)
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    assert [api.members(each) for each in (*readers, left)] == [
        {"ada@example.com"},
        {"ada@example.com"},
        set(),
    ]
    with clock.moved(timedelta(days=30) + MOMENT):
        pass_time(app)
        assert [api.members(each) for each in (*readers, left)] == [set(), set(), {"ada@example.com"}]
    assert len(segment_events(api, ada)) == 7


def test_a_timer_of_a_contact_that_is_gone_goes_too(app: Flask, api: Api, project: Project) -> None:
    api.segment("New", field("createdAt", "within", **DAYS_30), trackMembership=True)
    ada = api.contact("ada@example.com")
    assert len(due(app, project)) == 1
    api.delete(f"/contacts/{ada['id']}")
    assert due(app, project) == []


def test_an_untracked_rule_needs_no_timers(app: Flask, api: Api, project: Project) -> None:
    segment = api.segment("New", field("createdAt", "within", **DAYS_30))
    api.contact("ada@example.com")
    assert due(app, project) == []
    api.patch(f"/segments/{segment['id']}", {"trackMembership": True})
    assert len(due(app, project)) == 1
    api.patch(f"/segments/{segment['id']}", {"trackMembership": False})
    assert due(app, project) == []


def test_many_are_judged_in_one_sweep(app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "BATCH", 7)
    new = api.segment("New", field("createdAt", "within", **DAYS_30), trackMembership=True)
    for number in range(20):
        api.contact(f"c{number}@example.com")
    with clock.moved(timedelta(days=31)):
        assert pass_time(app) == 20
    assert api.get(f"/segments/{new['id']}").json["memberCount"] == 0


@pytest.fixture
def crowd(api: Api, other_api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """Three recent contacts of one project and one of another, each in a segment that time empties."""
    recent = field("createdAt", "within", value=1, unit="minutes")
    many, few = (each.segment("Recent", recent, trackMembership=True) for each in (api, other_api))
    for name in ("bob", "eve", "tom"):
        api.contact(f"{name}@example.com")
    other_api.contact("ada@example.com")
    return many, few


def test_a_crowd_in_one_project_keeps_no_other_waiting(
    app: Flask, api: Api, other_api: Api, crowd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "BATCH", 1)
    monkeypatch.setattr(timers, "SECONDS", 0.0)
    many, few = crowd
    with clock.moved(2 * MOMENT):
        assert pass_time(app) == 2
    assert (len(api.members(many)), len(other_api.members(few))) == (2, 0)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_project_that_is_held_up_keeps_no_other_waiting(
    app: Flask, api: Api, other_api: Api, crowd: Any, is_first: bool
) -> None:
    (held, its), (free, others) = ((api, crowd[0]), (other_api, crowd[1]))[:: 1 if is_first else -1]
    contact = held.get("/contacts").json["data"][0]
    with app.app_context(), transaction():
        db.session.execute(select(Contact.id).where(Contact.id == UUID(contact["id"])).with_for_update())
        with clock.moved(2 * MOMENT):
            somebody = Thread(target=pass_time, args=(app,))
            somebody.start()
            somebody.join()
    assert free.members(others) == set()
    assert contact["email"] in held.members(its)


def test_only_who_may_be_moved_by_time_has_a_timer(app: Flask, api: Api, project: Project) -> None:
    """Whoever is not on trial is not brought in by time, whenever it was created."""
    rule = [plan_is("trial"), field("createdAt", "within", **DAYS_30)]
    api.contact("there@example.com", data={"plan": "pro"})
    new = api.segment("New on trial", *rule, trackMembership=True)
    api.contact("ada@example.com", data={"plan": "pro"})
    assert due(app, project) == []
    api.contact("ada@example.com", data={"plan": "trial"})
    assert len(due(app, project)) == 1
    with clock.moved(timedelta(days=31)):
        pass_time(app)
        api.contact("there@example.com", data={"plan": "trial"})
        assert api.members(new) == set()
