"""What a contact did, and what became of the mail it got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, and_, true

from plunk.filters.durations import Duration, Whole, read_duration
from plunk.filters.fields import Kind, value_at
from plunk.filters.given import Given
from plunk.filters.operator import Negation, Operator
from plunk.filters.profile import History
from plunk.filters.targets import EventTarget, complement

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter

COMPARISONS = ("atLeast", "atMost", "exactly")
MAX_COUNT = 2**31 - 1
MAX_WHERE = 20


class Triggered(Operator):
    """Ever."""

    key, label = "triggered", "happened"
    kinds = (Kind.EVENT, Kind.EMAIL_ACTIVITY)
    example = {"field": "event.signed_up", "operator": "triggered"}

    def sql(self, target: EventTarget, value: None) -> ColumnElement[bool]:
        return target.happened()

    def matches(self, actual: History, value: None, now: datetime) -> bool:
        return actual.activity is not None


class TriggeredWithin(Operator):
    """In the last N."""

    key, label = "triggeredWithin", "happened in the last"
    kinds = (Kind.EVENT, Kind.EMAIL_ACTIVITY)
    operand = Duration()
    members = ("unit",)
    example = {"field": "email.opened", "operator": "triggeredWithin", "value": 90, "unit": "days"}

    def load(self, given: Given) -> timedelta | None:
        return read_duration(given, "value")

    def mentions_time(self, value: timedelta) -> bool:
        return True

    def sql(self, target: EventTarget, value: timedelta) -> ColumnElement[bool]:
        return target.happened_within(value)

    def matches(self, actual: History, value: timedelta, now: datetime) -> bool:
        return actual.activity is not None and actual.activity.last_at > now - value


class TriggeredOlderThan(TriggeredWithin):
    """Ever, but not in the last N."""

    key, label = "triggeredOlderThan", "last happened more than … ago"
    example = {"field": "event.login", "operator": "triggeredOlderThan", "value": 6, "unit": "weeks"}

    def sql(self, target: EventTarget, value: timedelta) -> ColumnElement[bool]:
        return target.happened(target.activity.c.last_at <= target.now - value)

    def matches(self, actual: History, value: timedelta, now: datetime) -> bool:
        return actual.activity is not None and actual.activity.last_at <= now - value


@dataclass(frozen=True)
class Count:
    """How often, in the last `window` (`None`: ever), counting events whose data passes all of `where`."""

    times: int
    comparison: Literal["atLeast", "atMost", "exactly"]
    window: timedelta | None
    where: tuple[Filter, ...]

    @property
    def reads_rows(self) -> bool:
        return self.window is not None or bool(self.where)


class TriggeredCount(Operator):
    """So many times."""

    key, label = "triggeredCount", "happened … times"
    kinds = (Kind.EVENT,)
    operand = Whole(at_least=0, at_most=MAX_COUNT)
    members = ("comparison", "window", "unit", "where")
    example = {
        "field": "event.purchase",
        "operator": "triggeredCount",
        "value": 2,
        "comparison": "atLeast",
        "window": 30,
        "unit": "days",
        "where": [{"property": "amount", "operator": "greaterThan", "value": 10}],
    }

    def load(self, given: Given) -> Count:
        comparison = given.get("comparison")
        if comparison is None:
            comparison = "atLeast"
        elif comparison not in COMPARISONS:
            given.refuse("comparison", f"Use one of {', '.join(COMPARISONS)}")
        window = None if given.get("window") is None else read_duration(given, "window")
        where = () if given.get("where") is None else given.inner("where", at_most=MAX_WHERE)
        return Count(given.read("value", self.operand), comparison, window, where)

    def mentions_time(self, value: Count) -> bool:
        return value.window is not None or any(
            each.operator.mentions_time(each.value) for each in value.where
        )

    def reads_rows(self, value: Count) -> bool:
        return value.reads_rows

    def inner(self, value: Count) -> tuple[Filter, ...]:
        return value.where

    def sql(self, target: EventTarget, value: Count) -> ColumnElement[bool]:
        if value.comparison == "atLeast":
            return _at_least(value.times, target, value)
        at_most = complement(_at_least(value.times + 1, target, value))
        return (
            at_most if value.comparison == "atMost" else and_(_at_least(value.times, target, value), at_most)
        )

    def matches(self, actual: History, value: Count, now: datetime) -> bool:
        times = _times(actual, value, now)
        if value.comparison == "atLeast":
            return times >= value.times
        return times <= value.times if value.comparison == "atMost" else times == value.times


def _at_least(times: int, target: EventTarget, value: Count) -> ColumnElement[bool]:
    if times == 0:
        return true()
    if value.reads_rows:
        return target.happened_in_rows(times, within=value.window, where=value.where)
    return target.happened(target.activity.c.count >= times)


def _times(history: History, value: Count, now: datetime) -> int:
    if not value.reads_rows:
        return history.activity.count if history.activity else 0
    return sum(
        1
        for row in history.rows
        if (value.window is None or row.at > now - value.window)
        and all(each.holds(value_at(row.data, each.field.key), now) for each in value.where)
    )


triggered, triggered_within = Triggered(), TriggeredWithin()

OPERATORS = (
    triggered,
    Negation("notTriggered", "never happened", of=triggered),
    triggered_within,
    Negation("notTriggeredWithin", "did not happen in the last", of=triggered_within),
    TriggeredOlderThan(),
    TriggeredCount(),
)
