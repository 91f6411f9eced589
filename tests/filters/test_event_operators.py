"""What the operators on events and e-mail activity mean, asked of both faces at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import NOW, Bench, one_filter

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def shoppers(bench: Bench) -> Bench:
    """Purchases: `never` none, `once` 10 days ago, `often` three in 40 days, the last just 10 days ago + 1 µs."""
    bench.add("never")
    bench.add("once", events=[("purchase", NOW - 10 * DAY, {"amount": 5})])
    bench.add(
        "often",
        events=[
            ("purchase", NOW - 40 * DAY, {"amount": 50, "plan": {"name": "Pro"}}),
            ("purchase", NOW - 20 * DAY, {"amount": "50"}),
            ("purchase", NOW - 10 * DAY + TICK, {"amount": 7}),
            ("email.open", NOW - DAY, {}),
        ],
    )
    return bench


COUNTS: list[tuple[dict[str, Any], set[str]]] = [
    ({"operator": "triggered"}, {"once", "often"}),
    ({"operator": "notTriggered"}, {"never"}),
    ({"operator": "triggeredWithin", "value": 10, "unit": "days"}, {"often"}),
    ({"operator": "notTriggeredWithin", "value": 10, "unit": "days"}, {"never", "once"}),
    ({"operator": "triggeredOlderThan", "value": 10, "unit": "days"}, {"once"}),
    ({"operator": "triggeredCount", "value": 0}, {"never", "once", "often"}),
    ({"operator": "triggeredCount", "value": 2}, {"often"}),
    ({"operator": "triggeredCount", "value": 0, "comparison": "atMost"}, {"never"}),
    ({"operator": "triggeredCount", "value": 1, "comparison": "atMost"}, {"never", "once"}),
    ({"operator": "triggeredCount", "value": 0, "comparison": "exactly"}, {"never"}),
    ({"operator": "triggeredCount", "value": 3, "comparison": "exactly"}, {"often"}),
    ({"operator": "triggeredCount", "value": 2, "window": 30, "unit": "days"}, {"often"}),
    ({"operator": "triggeredCount", "value": 3, "window": 30, "unit": "days"}, set()),
    (
        {"operator": "triggeredCount", "value": 1, "comparison": "exactly", "window": 10, "unit": "days"},
        {"often"},
    ),
    (
        {"operator": "triggeredCount", "value": 0, "comparison": "atMost", "window": 10, "unit": "days"},
        {"never", "once"},
    ),
    (
        {
            "operator": "triggeredCount",
            "value": 1,
            "where": [{"property": "amount", "operator": "greaterThan", "value": 6}],
        },
        {"often"},
    ),
    (
        {
            "operator": "triggeredCount",
            "value": 2,
            "comparison": "exactly",
            "where": [{"property": "amount", "operator": "equals", "value": 50}],
        },
        {"often"},
    ),
    (
        {
            "operator": "triggeredCount",
            "value": 1,
            "where": [
                {"property": "plan.name", "operator": "startsWith", "value": "pro"},
                {"property": "amount", "operator": "notEquals", "value": 5},
            ],
        },
        {"often"},
    ),
    (
        {
            "operator": "triggeredCount",
            "value": 1,
            "window": 30,
            "unit": "days",
            "where": [{"property": "plan", "operator": "exists"}],
        },
        set(),
    ),
]


@pytest.mark.parametrize(
    ("members", "expected"),
    COUNTS,
    ids=lambda case: str(sorted(case) if isinstance(case, set) else case)[:60],
)
def test_an_operator_on_events(shoppers: Bench, members: dict[str, Any], expected: set[str]) -> None:
    assert shoppers.matching(field="event.purchase", **members) == expected


def test_a_bare_name_with_an_event_operator_is_that_event(shoppers: Bench) -> None:
    assert shoppers.matching(field="purchase", operator="triggered") == {"once", "often"}


@pytest.mark.parametrize("activity", ["open", "opened"])
def test_email_activity_under_both_its_names(shoppers: Bench, activity: str) -> None:
    assert shoppers.matching(field=f"email.{activity}", operator="triggered") == {"often"}
    assert shoppers.matching(field=f"email.{activity}", operator="notTriggered") == {"never", "once"}


def test_every_example_is_understood_and_answered_alike(shoppers: Bench, vocabulary: Vocabulary) -> None:
    for operator in vocabulary:
        assert operator.example["operator"] == operator.key
        members = shoppers.members(one_filter(**operator.example))
        opposite = {"logic": "AND", "groups": [{"filters": [operator.example], "not": True}]}
        assert members ^ shoppers.members(opposite) == {"never", "once", "often"}
