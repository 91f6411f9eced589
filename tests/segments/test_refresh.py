"""New and edited rules, tracking switched on and off: members are found range by range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from plunk.db.base import db
from plunk.db.locks import lock_alone
from plunk.db.session import transaction
from plunk.jobs.models import Job
from plunk.segments import catching_up, computing, jobs, refresh, waiting
from plunk.segments.models import Membership, MembershipChange, MembershipTimer, SegmentCountDelta
from plunk.testing.api import Api, Project, problems
from tests.segments.rules import count, member_of, plan_is, refusal, rule, static
from tests.segments.traces import faults, history, segment_events

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
    def look() -> list[str]:
        with app.app_context():
            return faults(project.id)

    return look


def ten(api: Api, plan: str = "trial") -> list[dict[str, Any]]:
    return [api.contact(f"c{number}@example.com", data={"plan": plan}) for number in range(10)]


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


def test_history_outlives_tracking(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ten(api)
    api.patch(f"/segments/{trial['id']}", {"trackMembership": False})
    assert len(history(api, trial)) == 10


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


def run_jobs(project: Project, kind: str) -> None:
    from plunk.jobs import running

    waiting_jobs = select(Job.id).where(Job.project_id == project.id, Job.kind == kind)
    for job_id in db.session.scalars(waiting_jobs).all():
        running.run(str(project.id), str(job_id))


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


def test_history_has_pages(api: Api, other_api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    for number in range(5):
        for plan in ("trial", "pro"):
            api.contact(f"c{number}@example.com", data={"plan": plan})
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = api.get(f"/segments/{trial['id']}/history", **query).json
        seen += page["data"]
        cursor = page["cursor"]
        if not page["hasMore"]:
            break
    assert len(seen) == 10 and len({(each["email"], each["change"]) for each in seen}) == 10
    assert [each["at"] for each in seen] == sorted((each["at"] for each in seen), reverse=True)
    assert api.get(f"/segments/{trial['id']}/history", cursor="nonsense").status_code == 422
    assert other_api.get(f"/segments/{trial['id']}/history").status_code == 404
