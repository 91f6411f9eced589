"""When time alone changes an answer, to the microsecond, asked of both faces at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, literal, select

from plunk.filters.compile import compile_flips
from plunk.filters.evaluate import FlipsTooEarly
from plunk.filters.evaluate import compile_flips as compile_flips_of_one
from plunk.filters.fields import Kind
from plunk.filters.operator import Operator
from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.targets import DateTarget, Tables
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import CONTACTS, NOW, PROJECT, SEGMENTS, TABLES, Bench, one_filter

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

WITHIN = {"operator": "within", "value": 30, "unit": "days"}
OLDER = {"operator": "olderThan", "value": 30, "unit": "days"}
NEXT = {"operator": "withinNext", "value": 2, "unit": "weeks"}

# operator and its members, the date, the moment of the next change
DATES: list[tuple[dict[str, Any], datetime, datetime | None]] = [
    (WITHIN, NOW + TICK, NOW + TICK),
    (WITHIN, NOW, NOW + 30 * DAY),
    (WITHIN, NOW - 30 * DAY + TICK, NOW + TICK),
    (WITHIN, NOW - 30 * DAY, None),
    (WITHIN, LAST, LAST),
    (OLDER, NOW + DAY, NOW + 31 * DAY),
    (OLDER, NOW - 30 * DAY + TICK, NOW + TICK),
    (OLDER, NOW - 30 * DAY, None),
    (OLDER, LAST - 30 * DAY, LAST),
    (OLDER, LAST - 30 * DAY + TICK, None),
    (OLDER, LAST, None),
    ({**OLDER, "value": 36_500}, LAST, None),
    (NEXT, NOW + 14 * DAY + TICK, NOW + TICK),
    (NEXT, NOW + 14 * DAY, NOW + 14 * DAY),
    (NEXT, NOW + TICK, NOW + TICK),
    (NEXT, NOW, None),
    (NEXT, LAST, LAST - 14 * DAY),
]


@pytest.mark.parametrize(("members", "moment", "expected"), DATES, ids=lambda case: str(case)[:60])
def test_a_date_flips_at_its_moment(
    bench: Bench, members: dict[str, Any], moment: datetime, expected: datetime | None
) -> None:
    bench.add("ann", created_at=moment, data={"v": moment.isoformat(), "a": {"b": moment.isoformat()}})
    for field in ("createdAt", "data.v", "data.a.b"):
        assert bench.flips(field=field, **members) == {"ann": expected}


@pytest.mark.parametrize(
    "value",
    [
        ...,
        None,
        20250615,
        "2025-06-31",
        "soon",
        ["2025-06-15"],
        "0001-01-01T00:00+00:01",
        "9999-12-31T23:59-00:01",
    ],
)
@pytest.mark.parametrize("members", [WITHIN, OLDER, NEXT], ids=lambda each: each["operator"])
def test_what_is_no_date_never_flips(bench: Bench, members: dict[str, Any], value: Any) -> None:
    bench.add("ann", data={} if value is ... else {"v": value})
    assert bench.flips(field="data.v", **members) == {"ann": None}


def test_a_day_begins_at_midnight_and_offsets_count(bench: Bench) -> None:
    bench.add("day", data={"v": "2025-06-16"})
    bench.add("offset", data={"v": "2025-06-15T12:00:00.1234569-02:00"})
    assert bench.flips(field="data.v", **WITHIN) == {
        "day": datetime(2025, 6, 16, tzinfo=UTC),
        "offset": datetime(2025, 6, 15, 14, 0, 0, 123456, tzinfo=UTC),
    }


@pytest.mark.parametrize("operator", ["triggeredWithin", "notTriggeredWithin", "triggeredOlderThan"])
def test_the_last_event_flips_when_the_time_has_passed(bench: Bench, operator: str) -> None:
    bench.add("never")
    bench.add("long ago", events=[("login", NOW - 10 * DAY, {})])
    bench.add("twice", events=[("login", NOW - 20 * DAY, {}), ("login", NOW - 10 * DAY + TICK, {})])
    bench.add("ahead", events=[("login", NOW + DAY, {})])
    bench.add("at the end", events=[("login", LAST, {})])
    assert bench.flips(field="event.login", operator=operator, value=10, unit="days") == {
        "never": None,
        "long ago": None,
        "twice": NOW + TICK,
        "ahead": NOW + 11 * DAY,
        "at the end": None,
    }


COUNTS: list[tuple[dict[str, Any], timedelta | None]] = [
    ({"value": 0}, None),
    ({"value": 1}, 9 * DAY),
    ({"value": 2}, 8 * DAY),
    ({"value": 3}, DAY),
    ({"value": 4}, None),
    ({"value": 0, "comparison": "atMost"}, 9 * DAY),
    ({"value": 1, "comparison": "atMost"}, 8 * DAY),
    ({"value": 2, "comparison": "atMost"}, DAY),
    ({"value": 3, "comparison": "atMost"}, None),
    ({"value": 0, "comparison": "exactly"}, 9 * DAY),
    ({"value": 2, "comparison": "exactly"}, DAY),
    ({"value": 3, "comparison": "exactly"}, DAY),
    ({"value": 4, "comparison": "exactly"}, None),
    ({"value": 2, "where": [{"property": "amount", "operator": "lessThan", "value": 6}]}, DAY),
    ({"value": 1, "where": [{"property": "amount", "operator": "greaterThan", "value": 6}]}, 8 * DAY),
    ({"value": 2, "where": [{"property": "amount", "operator": "greaterThan", "value": 6}]}, None),
]


@pytest.mark.parametrize(("members", "expected"), COUNTS, ids=lambda case: str(case)[:60])
def test_a_count_flips_when_the_event_that_matters_leaves_the_window(
    bench: Bench, members: dict[str, Any], expected: timedelta | None
) -> None:
    bench.add(
        "ann",
        events=[
            ("purchase", NOW - 2 * DAY, {"amount": 7}),
            ("purchase", NOW - 10 * DAY, {"amount": 5}),
            ("purchase", NOW - DAY, {"amount": 5}),
            ("purchase", NOW - 9 * DAY, {"amount": 5}),
            ("other", NOW, {}),
        ],
    )
    count = {"operator": "triggeredCount", "window": 10, "unit": "days", **members}
    flips_at = None if expected is None else NOW + expected
    assert bench.flips(field="event.purchase", **count) == {"ann": flips_at}


def test_a_count_of_events_that_time_judges_flips_with_any_of_them(bench: Bench) -> None:
    starts = [NOW + 3 * DAY, NOW - 3 * DAY, NOW + 2 * DAY]
    bench.add(
        "ann",
        events=[
            ("booking", NOW - DAY, {"at": each.isoformat(), "seats": i}) for i, each in enumerate(starts)
        ],
    )
    bench.add("bob", events=[("booking", NOW - DAY, {"at": "some day"})])
    soon = {"property": "at", "operator": "withinNext", "value": 1, "unit": "days"}
    seats = {"property": "seats", "operator": "lessThan", "value": 2}
    count = {"field": "event.booking", "operator": "triggeredCount", "value": 1}
    assert bench.flips(**count, where=[soon]) == {"ann": NOW + DAY, "bob": None}
    assert bench.flips(**count, where=[soon, seats]) == {"ann": NOW + 2 * DAY, "bob": None}
    assert bench.flips(**count, where=[soon], window=25, unit="hours") == {
        "ann": NOW + timedelta(hours=1),
        "bob": NOW + timedelta(hours=1),
    }


def test_a_rule_flips_with_the_first_of_its_filters(bench: Bench) -> None:
    bench.add("ann", created_at=NOW - DAY, updated_at=NOW - 2 * DAY)
    created, updated = {"field": "createdAt", **WITHIN}, {"field": "updatedAt", **WITHIN}
    never = {"field": "createdAt", **NEXT}
    nested = {"logic": "OR", "groups": [{"filters": [updated], "not": True}]}
    condition = bench.parse({"logic": "AND", "groups": [{"filters": [never, created], "conditions": nested}]})
    assert bench.flips_by_python(condition) == {"ann": NOW + 28 * DAY}
    assert bench.flips_by_sql(condition) == [{"ann": NOW + 28 * DAY}]


@pytest.mark.parametrize(
    "members",
    [
        {"field": "createdAt", "operator": "lessThan", "value": "2030-01-01"},
        {"field": "event.login", "operator": "triggered"},
        {"field": "event.login", "operator": "triggeredCount", "value": 2},
        {"field": "event.login", "operator": "triggeredCount", "value": 0, "window": 1, "unit": "days"},
        {"field": f"segment.{SEGMENTS[0]}", "operator": "memberOfSegment"},
    ],
    ids=lambda members: members["operator"],
)
def test_a_rule_that_time_cannot_change_has_nothing_to_ask(bench: Bench, members: dict[str, Any]) -> None:
    condition = bench.parse(one_filter(**members))
    assert compile_flips_of_one(condition) is None
    assert compile_flips(condition, TABLES, PROJECT) is None


def test_a_segment_answered_by_its_rule_brings_its_own_moments(bench: Bench) -> None:
    bench.add("ann", created_at=NOW - DAY)
    inner = bench.parse(one_filter(field="createdAt", **WITHIN))

    def sql_flips(segment_id: UUID) -> ColumnElement[datetime] | None:
        moment = compile_flips(inner, TABLES, PROJECT, now=literal(NOW))
        return moment if segment_id == SEGMENTS[0] else None

    tables = Tables(TABLES.contacts, TABLES.events, TABLES.activity, TABLES.members, sql_flips)
    for segment_id, expected in zip(SEGMENTS, (NOW + 29 * DAY, None), strict=True):
        rule = bench.parse(one_filter(field=f"segment.{segment_id}", operator="notMemberOfSegment"))
        by_sql = compile_flips(rule, tables, PROJECT, now=literal(NOW))
        by_python = compile_flips_of_one(rule, member_flips={SEGMENTS[0]: compile_flips_of_one(inner)}.get)
        [profile] = bench.profiles.values()
        assert (by_python and by_python(profile, NOW)) == expected
        found = None if by_sql is None else bench.connection.scalar(select(by_sql).select_from(CONTACTS))
        assert found == expected


class SinceCreated(Operator):
    """A plugin's operator whose moments do not depend on now: sooner or later they have passed."""

    key, label, kinds = "hasGraceOver", "is older than a day", (Kind.DATE,)
    example = {"field": "createdAt", "operator": "hasGraceOver"}

    def sql(self, target: DateTarget, value: None) -> ColumnElement[bool]:
        return target.falls(until=target.now - DAY)

    def matches(self, actual: datetime, value: None, now: datetime) -> bool:
        return actual <= now - DAY

    def mentions_time(self, value: None) -> bool:
        return True

    def flips_at_sql(self, target: DateTarget, value: None) -> ColumnElement[datetime]:
        return target.column + DAY

    def flips_at(self, actual: datetime, value: None, now: datetime) -> datetime:
        return actual + DAY


def test_a_moment_that_has_passed_is_refused_with_the_operators_name(bench: Bench) -> None:
    bench.vocabulary = Vocabulary([*plunk_filter_operators(), SinceCreated()])
    bench.add("ann", created_at=NOW - DAY)
    condition = bench.parse(one_filter(field="createdAt", operator="hasGraceOver"))
    with pytest.raises(FlipsTooEarly, match="hasGraceOver"):
        bench.flips_by_python(condition)
    assert bench.flips_by_python(condition, now=NOW - TICK) == {"ann": NOW}
