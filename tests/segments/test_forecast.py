"""What a changed rule would do, before it does it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, problems
from tests.segments.rules import (
    UNKNOWN_ID,
    count,
    field,
    member_of,
    people,
    plan_is,
    refusal,
    rule,
    static,
)


def forecast(api: Api, segment: dict[str, Any], *filters: dict[str, Any]) -> tuple[int, ...]:
    """`(enter, leave, stay, total, reachable)`."""
    response = api.post(f"/segments/{segment['id']}/forecast", {"condition": rule(*filters)})
    assert response.status_code == 200, response.json
    assert list(response.json) == ["enter", "leave", "stay", "total", "reachable"]
    return tuple(response.json.values())


@pytest.fixture
def populated(api: Api) -> Api:
    """Five on the pro plan, two on the team plan (one cannot be reached), one of each in Berlin, one with nothing."""
    people(api, "p1", "p2", "p3", "p4", data={"plan": "pro"})
    people(api, "p5", data={"plan": "pro", "city": "Berlin"})
    people(api, "t1", data={"plan": "team", "city": "Berlin"}, subscribed=False)
    people(api, "t2", data={"plan": "team"})
    people(api, "nobody")
    return api


@pytest.mark.parametrize("is_tracked", [False, True])
def test_it_counts_who_would_come_go_and_stay(populated: Api, is_tracked: bool) -> None:
    payers = populated.segment("Payers", plan_is("pro"), trackMembership=is_tracked)
    in_berlin = field("data.city", "equals", value="Berlin")
    assert forecast(populated, payers, in_berlin) == (1, 4, 1, 2, 1)
    assert forecast(populated, payers, plan_is("pro")) == (0, 0, 5, 5, 5)
    assert forecast(populated, payers, plan_is("team")) == (2, 5, 0, 2, 1)
    assert forecast(populated, payers, field("data.plan", "in", value=["pro", "team"])) == (2, 0, 5, 7, 6)
    assert forecast(populated, payers, field("data.plan", "notExists")) == (1, 5, 0, 1, 1)
    assert forecast(populated, payers, field("data.plan", "equals", value="none")) == (0, 5, 0, 0, 0)


@pytest.mark.parametrize("is_tracked", [False, True])
def test_nothing_is_saved_and_nobody_told(populated: Api, is_tracked: bool) -> None:
    payers = populated.segment("Payers", plan_is("pro"), trackMembership=is_tracked)
    before = populated.get(f"/segments/{payers['id']}").json
    forecast(populated, payers, plan_is("team"))
    after = populated.get(f"/segments/{payers['id']}").json
    assert {**after, "memberCountAt": ""} == {**before, "memberCountAt": ""}
    assert populated.get("/events").json["events"] == []
    assert populated.get(f"/segments/{payers['id']}/history").json["data"] == []


def test_saving_does_what_was_forecast(populated: Api) -> None:
    payers = populated.segment("Payers", plan_is("pro"), trackMembership=True)
    in_berlin = rule(field("data.city", "equals", value="Berlin"))
    told = populated.post(f"/segments/{payers['id']}/forecast", {"condition": in_berlin}).json
    populated.patch(f"/segments/{payers['id']}", {"condition": in_berlin})
    moves = [each["change"] for each in populated.get(f"/segments/{payers['id']}/history").json["data"]]
    assert (told["enter"], told["leave"]) == (moves.count("entry"), moves.count("exit"))
    assert (told["total"], told["reachable"]) == count(populated, payers)


def test_rules_on_events_and_segments_are_compared(populated: Api) -> None:
    friends = static(populated, "Friends", "p1@example.com", "nobody@example.com")
    for name in ("p1", "p1", "t2"):
        populated.track(f"{name}@example.com", "bought")
    buyers = populated.segment("Buyers", field("event.bought", "triggered"))
    assert forecast(populated, buyers, field("event.bought", "triggeredCount", value=2)) == (0, 1, 1, 1, 1)
    assert forecast(populated, buyers, member_of(friends)) == (1, 1, 1, 2, 2)
    inside = populated.segment("Inside", member_of(buyers))
    assert forecast(populated, inside, member_of(friends)) == (1, 1, 1, 2, 2)


def test_contacts_of_another_project_do_not_count(populated: Api, other_api: Api) -> None:
    people(other_api, "p1", "p9", data={"plan": "team"})
    payers = populated.segment("Payers", plan_is("pro"))
    assert forecast(populated, payers, plan_is("team")) == (2, 5, 0, 2, 1)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "condition"),
        ({"condition": None}, "condition"),
        ({"condition": rule(field("data.plan", "equalz"))}, "condition.groups[0].filters[0].operator"),
    ],
)
def test_a_faulty_rule_is_refused(api: Api, body: dict[str, Any], path: str) -> None:
    payers = api.segment("Payers", plan_is("pro"))
    response = api.post(f"/segments/{payers['id']}/forecast", body)
    assert (response.status_code, list(problems(response))) == (400, [path])


def test_a_ring_is_refused_as_when_saving(api: Api) -> None:
    payers = api.segment("Payers", plan_is("pro"))
    inside = api.segment("Inside", member_of(payers))
    for mentioned in (payers, inside):
        condition = {"condition": rule(member_of(mentioned))}
        told = api.post(f"/segments/{payers['id']}/forecast", condition)
        saved = api.patch(f"/segments/{payers['id']}", condition)
        assert problems(told) == problems(saved) == {"condition": "reference_ring"}


def test_a_static_segment_has_no_rule_to_change(api: Api) -> None:
    friends = static(api, "Friends")
    response = api.post(f"/segments/{friends['id']}/forecast", {"condition": rule(plan_is("pro"))})
    assert refusal(response) == (400, "SEGMENT_NOT_DYNAMIC")


def test_an_unknown_segment_has_no_forecast(api: Api, other_api: Api) -> None:
    foreign = other_api.segment("Theirs", plan_is("pro"))
    for segment_id in (UNKNOWN_ID, foreign["id"], "no-id"):
        response = api.post(f"/segments/{segment_id}/forecast", {"condition": rule(plan_is("pro"))})
        assert refusal(response) == (404, "SEGMENT_NOT_FOUND")
