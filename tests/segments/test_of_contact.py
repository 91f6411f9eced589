"""Where a contact belongs, from its own side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plunk import clock
from tests.api import Api
from tests.conftest import TestProject
from tests.filters.random_rules import rules
from tests.segments.rules import UNKNOWN_ID, field, member_of, people, plan_is, refusal, static
from tests.segments.test_broken import break_rule


def segments_of(api: Api, contact: dict[str, Any]) -> dict[str, Any]:
    """`{name: since}` of the segments that the contact is in."""
    response = api.get(f"/contacts/{contact['id']}/segments")
    assert response.status_code == 200, response.json
    assert response.json["unknown"] == []
    return {each["name"]: each["since"] for each in response.json["data"]}


def test_all_three_sorts_of_segments_are_found_by_name(api: Api) -> None:
    ada, bob = people(api, "ada", "bob")
    tracked = api.segment("B tracked", plan_is("pro"), trackMembership=True)
    live = api.segment("a live", plan_is("pro"))
    by_hand = static(api, "C by hand", "ada@example.com")
    api.segment("Not hers", plan_is("free"))
    api.contact("ada@example.com", data={"plan": "pro"})
    found = api.get(f"/contacts/{ada['id']}/segments").json["data"]
    expected = [(live, False), (tracked, True), (by_hand, False)]
    assert [(each["id"], each["trackMembership"]) for each in found] == [
        (segment["id"], is_tracked) for segment, is_tracked in expected
    ]
    assert [each["type"] for each in found] == ["DYNAMIC", "DYNAMIC", "STATIC"]
    assert [each["slug"] for each in found] == ["a-live", "b-tracked", "c-by-hand"]
    assert segments_of(api, bob) == {}


def test_since_when_is_said_where_it_is_known(api: Api) -> None:
    (ada,) = people(api, "ada", data={"plan": "pro"})
    api.segment("From the start", plan_is("pro"), trackMembership=True)
    entered = api.segment("Came in", field("data.city", "exists"), trackMembership=True)
    static(api, "By hand", "ada@example.com")
    api.segment("Live", plan_is("pro"))
    api.contact("ada@example.com", data={"city": "Berlin"})
    found = segments_of(api, ada)
    assert (found["From the start"], found["Live"]) == (None, None)
    entry = api.get(f"/segments/{entered['id']}/history").json["data"][0]
    assert found["Came in"] == entry["at"]
    assert found["By hand"] >= ada["createdAt"]


def test_rules_on_events_time_and_other_segments_are_judged_now(api: Api) -> None:
    recently = clock.iso(clock.now() - timedelta(days=3))
    api.track("ada@example.com", "bought", data={"amount": 20}, timestamp=recently)
    ada = api.get("/contacts/by-email/ada@example.com").json
    amount = [{"property": "amount", "operator": "greaterThan", "value": 10}]
    buyers = api.segment("Buyers", field("event.bought", "triggeredCount", value=1, where=amount))
    api.segment("Recent", field("event.bought", "triggeredWithin", value=5, unit="days"))
    friends = static(api, "Friends", "ada@example.com")
    both = api.segment("Both", member_of(buyers), member_of(friends))
    api.segment("Deep", member_of(both))
    assert set(segments_of(api, ada)) == {"Buyers", "Recent", "Friends", "Both", "Deep"}
    with clock.moved(timedelta(days=3)):
        assert set(segments_of(api, ada)) == {"Buyers", "Friends", "Both", "Deep"}
    api.delete(f"/segments/{friends['id']}/members", {"emails": ["ada@example.com"]})
    assert set(segments_of(api, ada)) == {"Buyers", "Recent"}


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(raw=st.lists(rules, min_size=3, max_size=3), plan=st.sampled_from(["a", 0, None, ["a"], True]))
def test_it_agrees_with_the_lists_of_members(api: Api, raw: list[dict[str, Any]], plan: Any) -> None:
    contact = api.contact("ada@example.com", data={"v": plan, "a": {"b": plan}})
    api.track("ada@example.com", "purchase", data={"v": plan})
    made = []
    for number, condition in enumerate(raw):
        body = {"name": f"Rule {number}", "condition": condition, "trackMembership": number == 0}
        response = api.post("/segments", body)
        if response.status_code == 201:  # rules that mention a segment of the tests' own world are refused
            made.append(response.json)
    found = set(segments_of(api, contact))
    for segment in made:
        assert (segment["name"] in found) is bool(api.members(segment)), segment["condition"]
        api.delete(f"/segments/{segment['id']}")


def test_what_cannot_be_judged_is_named_with_the_reason(
    api: Api, context: None, project: TestProject
) -> None:
    (ada,) = people(api, "ada", data={"plan": "pro"})
    broken = api.segment("Stars", plan_is("pro"))
    api.segment("Reads it", member_of(broken))
    api.segment("Fine", plan_is("pro"))
    break_rule(project, broken)
    found = api.get(f"/contacts/{ada['id']}/segments").json
    assert [each["name"] for each in found["data"]] == ["Fine"]
    assert [each["name"] for each in found["unknown"]] == ["Reads it", "Stars"]
    assert "starsAlign" in found["unknown"][1]["statusReason"]


def test_segments_of_an_unknown_contact_are_404(api: Api, other_api: Api) -> None:
    (foreign,) = people(other_api, "foreign")
    for contact_id in (UNKNOWN_ID, foreign["id"], "no-id"):
        assert refusal(api.get(f"/contacts/{contact_id}/segments")) == (404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize("is_tracked", [False, True])
def test_another_projects_segments_are_not_told(api: Api, other_api: Api, is_tracked: bool) -> None:
    other_api.segment("Theirs", plan_is("pro"), trackMembership=is_tracked)
    people(other_api, "ada", data={"plan": "pro"})
    (ada,) = people(api, "ada", data={"plan": "pro"})
    assert segments_of(api, ada) == {}
