"""Segments whose rules ask for other segments, or for their entries and exits, follow them at once."""

from __future__ import annotations

from typing import Any

from plunk.testing.api import Api
from tests.segments.rules import member_of, plan_is
from tests.segments.traces import history


def test_readers_of_a_segment_follow_it(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    reader = api.segment("Trial in Paris", member_of(trial), _city("Paris"), trackMembership=True)
    outside = api.segment(
        "Not on trial", {**member_of(trial), "operator": "notMemberOfSegment"}, trackMembership=True
    )
    api.contact("ada@example.com", data={"plan": "trial", "city": "Paris"})
    assert (api.members(reader), api.members(outside)) == ({"ada@example.com"}, set())
    api.contact("ada@example.com", data={"plan": "pro"})
    assert (api.members(reader), api.members(outside)) == (set(), {"ada@example.com"})


def test_readers_of_an_untracked_segment_follow_its_rule(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"))
    reader = api.segment("Readers", member_of(trial), trackMembership=True)
    api.contact("ada@example.com", data={"plan": "trial"})
    assert history(api, reader) == [("entry", "ada@example.com")]


def test_readers_of_a_segments_events_follow_them(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    rule = {"field": "event.segment.trial-users.exit", "operator": "triggered"}
    lost = api.segment("Was on trial", rule, trackMembership=True)
    api.contact("ada@example.com", data={"plan": "trial"})
    assert api.members(lost) == set()
    api.contact("ada@example.com", data={"plan": "pro"})
    assert api.members(lost) == {"ada@example.com"}
    assert [change for change, _ in history(api, trial)] == ["exit", "entry"]


def test_single_events_of_a_segment_are_counted_at_once(api: Api) -> None:
    api.segment("Trial", plan_is("trial"), trackMembership=True)
    entered = {"field": "event.segment.trial.entry", "operator": "triggeredCount", "value": 2}
    named = [{"property": "segmentName", "operator": "equals", "value": "Trial"}]
    readers = [
        api.segment("Recently", {**entered, "window": 1, "unit": "hours"}, trackMembership=True),
        api.segment("By name", {**entered, "where": named}, trackMembership=True),
        api.segment("Ever", entered, trackMembership=True),
    ]
    for plan in ("trial", "pro", "trial"):
        assert [api.members(reader) for reader in readers] == [set()] * 3
        api.contact("ada@example.com", data={"plan": plan})
    assert [api.members(reader) for reader in readers] == [{"ada@example.com"}] * 3


def _city(name: str) -> dict[str, Any]:
    return {"field": "data.city", "operator": "equals", "value": name}
