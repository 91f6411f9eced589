"""How often a contact did something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, and_, func, true

from plunk.filters.durations import Whole, read_duration
from plunk.filters.event_target import EventTarget
from plunk.filters.fields import Kind, value_at
from plunk.filters.given import Given
from plunk.filters.operator import Operator
from plunk.filters.profile import EventRow, History
from plunk.filters.said import said, said_of
from plunk.filters.targets import complement
from plunk.filters.values import later

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter
    from plunk.filters.telling import Telling

COMPARISONS = ("atLeast", "atMost", "exactly")
MAX_COUNT = 2**31 - 1
MAX_WHERE = 20
TIMES = {
    "atLeast": said_of("at least once", "at least {number} times"),
    "atMost": said_of("at most once", "at most {number} times"),
    "exactly": said_of("exactly once", "exactly {number} times"),
}


@dataclass(frozen=True)
class Count:
    """How often, in the last `window` (`None`: ever), counting events whose data passes all of `where`.

    `passing` are those of `where` whose answer about an event time alone can change, `lasting` the others.
    """

    times: int
    comparison: Literal["atLeast", "atMost", "exactly"]
    window: timedelta | None
    where: tuple[Filter, ...]

    @property
    def reads_rows(self) -> bool:
        return self.window is not None or bool(self.where)

    @cached_property
    def passing(self) -> tuple[Filter, ...]:
        return tuple(each for each in self.where if each.mentions_time)

    @cached_property
    def lasting(self) -> tuple[Filter, ...]:
        return tuple(each for each in self.where if not each.mentions_time)

    @property
    def places(self) -> tuple[int, ...]:
        """Which events, counted from the newest (1), change the answer when they leave the window: the first of these
        places that an event has. At least 0 times is always so."""
        if self.comparison == "atLeast":
            return (self.times,) if self.times else ()
        return (
            (self.times + 1,)
            if self.comparison == "atMost" or not self.times
            else (self.times + 1, self.times)
        )


class TriggeredCount(Operator):
    """So many times."""

    key, label = "triggeredCount", said("happened … times")
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

    def tell(self, telling: Telling) -> str:
        value: Count = telling.filter.value
        did, times = telling.happening()["did"], telling.count(*TIMES[value.comparison], value.times)
        if value.window is None:
            told = telling.say("{did} {times}", did=did, times=times)
        else:
            window = telling.duration("window")
            told = telling.say("{did} {times} in the last {window}", did=did, times=times, window=window)
        if not value.where:
            return told
        rule = telling.inner(value.where)
        return telling.say("{counted}, counting only those ({rule})", counted=told, rule=rule)

    def mentions_time(self, value: Count) -> bool:
        return bool(value.places) and (value.window is not None or bool(value.passing))

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
        times = len(_rows(actual, value, value.where, now)) if value.reads_rows else _times(actual)
        if value.comparison == "atLeast":
            return times >= value.times
        return times <= value.times if value.comparison == "atMost" else times == value.times

    def flips_at_sql(self, target: EventTarget, value: Count) -> ColumnElement[datetime]:
        if value.passing or value.window is None:
            return target.rows_flip_at(value.window, lasting=value.lasting, passing=value.passing)
        leaving = [target.leaves(value.window, place=each, where=value.where) for each in value.places]
        return leaving[0] if len(leaving) == 1 else func.coalesce(*leaving)

    def flips_at(self, actual: History, value: Count, now: datetime) -> datetime | None:
        if value.passing or value.window is None:
            rows = _rows(actual, value, value.lasting, now)
            return min((edge for row in rows for edge in _edges(row, value, now)), default=None)
        newest = sorted((row.at for row in _rows(actual, value, value.where, now)), reverse=True)
        place = next((each for each in value.places if each <= len(newest)), None)
        return None if place is None else later(newest[place - 1], value.window)


def _at_least(times: int, target: EventTarget, value: Count) -> ColumnElement[bool]:
    if times == 0:
        return true()
    if value.reads_rows:
        return target.happened_in_rows(times, within=value.window, where=value.where)
    return target.happened(target.activity.c.count >= times)


def _times(history: History) -> int:
    return history.activity.count if history.activity else 0


def _rows(history: History, value: Count, where: Sequence[Filter], now: datetime) -> list[EventRow]:
    """The events in the window, if there is one, that pass `where`."""
    since = None if value.window is None else now - value.window
    return [
        row
        for row in history.rows
        if (since is None or row.at > since) and (not where or _passes(row.data, where, now))
    ]


def _passes(data: Any, where: Sequence[Filter], now: datetime) -> bool:
    for each in where:  # noqa: SIM110 (all() with a generator costs half as much again, and this runs per event)
        if not each.holds(value_at(data, each.field.key), now):
            return False
    return True


def _edges(row: EventRow, value: Count, now: datetime) -> Iterator[datetime]:
    """When an event will leave the window, or be judged differently by one of `passing`."""
    edges = [each.flips_at(value_at(row.data, each.field.key), now) for each in value.passing]
    if value.window is not None:
        edges.append(later(row.at, value.window))
    return (edge for edge in edges if edge is not None)


OPERATORS = (TriggeredCount(),)
