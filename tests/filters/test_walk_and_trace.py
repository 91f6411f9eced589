"""What a rule reads, and why a contact is in or out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plunk.filters.evaluate import compile_predicate, trace
from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.parse import parse_condition
from plunk.filters.profile import Activity, Profile
from plunk.filters.vocabulary import Vocabulary
from plunk.filters.walk import Reads, reads
from tests.filters.bench import NOW, SEGMENTS, one_filter

PROFILE = Profile(
    email="ann@example.com",
    subscribed=True,
    created_at=NOW,
    updated_at=NOW,
    data={"plan": "pro"},
    activity={"purchase": Activity(NOW - timedelta(days=2), NOW, 3)},
    is_member=lambda segment_id: segment_id == SEGMENTS[0],
)


def parse(raw: Any) -> Any:
    return parse_condition(raw, Vocabulary(plunk_filter_operators()), resolve_segment=SEGMENTS.__contains__)


def test_reads_names_everything_a_rule_looks_at() -> None:
    raw = {
        "logic": "OR",
        "groups": [
            {"filters": [{"field": "email", "operator": "contains", "value": "x"}]},
            {
                "filters": [
                    {"field": "data.a.b", "operator": "exists"},
                    {"field": "purchase", "operator": "triggeredCount", "value": 1},
                    {
                        "field": "event.login",
                        "operator": "triggeredCount",
                        "value": 1,
                        "window": 1,
                        "unit": "days",
                    },
                ],
                "conditions": one_filter(field=f"segment.{SEGMENTS[1]}", operator="notMemberOfSegment"),
            },
            {"filters": [{"field": "email.opened", "operator": "triggered"}]},
        ],
    }
    assert reads(parse(raw)) == Reads(
        fields=frozenset({"email", "data.a.b"}),
        events=frozenset({"purchase", "login", "email.open"}),
        event_rows=frozenset({"login"}),
        segments=frozenset({SEGMENTS[1]}),
        mentions_time=True,
    )


@pytest.mark.parametrize(
    ("members", "mentions"),
    [
        ({"field": "createdAt", "operator": "within", "value": 1, "unit": "days"}, True),
        ({"field": "createdAt", "operator": "lessThan", "value": "2025-01-01"}, False),
        ({"field": "event.x", "operator": "notTriggeredWithin", "value": 1, "unit": "days"}, True),
        ({"field": "event.x", "operator": "triggeredCount", "value": 1}, False),
        (
            {
                "field": "event.x",
                "operator": "triggeredCount",
                "value": 1,
                "where": [{"property": "at", "operator": "olderThan", "value": 1, "unit": "days"}],
            },
            True,
        ),
    ],
)
def test_a_rule_says_whether_it_mentions_time(members: dict[str, Any], mentions: bool) -> None:
    assert reads(parse(one_filter(**members))).mentions_time is mentions


def test_trace_shows_values_and_verdicts() -> None:
    raw = {
        "logic": "AND",
        "groups": [
            {"filters": [{"field": "data.plan", "operator": "notEquals", "value": "pro"}], "not": True},
            {
                "filters": [
                    {"field": "createdAt", "operator": "within", "value": 1, "unit": "days"},
                    {"field": "event.purchase", "operator": "triggered"},
                    {"field": "event.login", "operator": "notTriggered"},
                ],
                "conditions": one_filter(field=f"segment.{SEGMENTS[1]}", operator="memberOfSegment"),
            },
        ],
    }
    assert trace(parse(raw), PROFILE, NOW) == {
        "logic": "AND",
        "matches": False,
        "groups": [
            {
                "not": True,
                "matches": True,
                "filters": [{**raw["groups"][0]["filters"][0], "actual": "pro", "matches": False}],  # type: ignore[index]
            },
            {
                "matches": False,
                "filters": [
                    {
                        "field": "createdAt",
                        "operator": "within",
                        "value": 1,
                        "unit": "days",
                        "actual": "2025-06-15T12:00:00.123Z",
                        "matches": True,
                    },
                    {
                        "field": "event.purchase",
                        "operator": "triggered",
                        "actual": {
                            "count": 3,
                            "firstAt": "2025-06-13T12:00:00.123Z",
                            "lastAt": "2025-06-15T12:00:00.123Z",
                        },
                        "matches": True,
                    },
                    {"field": "event.login", "operator": "notTriggered", "actual": None, "matches": True},
                ],
                "conditions": {
                    "logic": "AND",
                    "matches": False,
                    "groups": [
                        {
                            "matches": False,
                            "filters": [
                                {
                                    "field": f"segment.{SEGMENTS[1]}",
                                    "operator": "memberOfSegment",
                                    "actual": False,
                                    "matches": False,
                                }
                            ],
                        }
                    ],
                },
            },
        ],
    }


def test_a_profile_without_data_reads_as_missing() -> None:
    matches = compile_predicate(parse(one_filter(field="data.plan.name", operator="notExists")))
    assert matches(replace(PROFILE, data={"plan": ["name"]}), NOW)
