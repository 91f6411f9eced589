"""How far from now a date lies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from plunk.filters.durations import Duration, read_duration
from plunk.filters.fields import Kind
from plunk.filters.given import Given
from plunk.filters.operator import Operator
from plunk.filters.said import said
from plunk.filters.targets import Target
from plunk.filters.values import falls, instant, next_edge

AT_ONCE = timedelta(0)


class FromNow(Operator):
    """A date in a stretch of time that begins or ends now. `steps` says how far from the date the answer changes."""

    kinds = (Kind.DATE, Kind.DATA)
    data_types = ("date",)
    operand = Duration()
    members = ("unit",)

    def load(self, given: Given) -> timedelta | None:
        return read_duration(given, "value")

    def mentions_time(self, value: timedelta) -> bool:
        return True

    def steps(self, value: timedelta) -> tuple[timedelta, ...]:
        raise NotImplementedError

    def flips_at_sql(self, target: Target, value: timedelta) -> ColumnElement[datetime]:
        return target.next_edge(self.steps(value))

    def flips_at(self, actual: Any, value: timedelta, now: datetime) -> datetime | None:
        return next_edge(instant(actual), self.steps(value), now)


class Within(FromNow):
    """In the last N: after now − N, up to now."""

    key, label = "within", said("is in the last")
    phrase = said("whose {field} is in the last {value}")
    example = {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"}

    def sql(self, target: Target, value: timedelta) -> ColumnElement[bool]:
        return target.falls(after=target.now - value, until=target.now)

    def matches(self, actual: Any, value: timedelta, now: datetime) -> bool:
        return falls(instant(actual), after=now - value, until=now)

    def steps(self, value: timedelta) -> tuple[timedelta, ...]:
        return AT_ONCE, value


class OlderThan(FromNow):
    """N ago or earlier."""

    key, label = "olderThan", said("is more than … ago")
    phrase = said("whose {field} is more than {value} ago")
    example = {"field": "createdAt", "operator": "olderThan", "value": 12, "unit": "months"}

    def sql(self, target: Target, value: timedelta) -> ColumnElement[bool]:
        return target.falls(until=target.now - value)

    def matches(self, actual: Any, value: timedelta, now: datetime) -> bool:
        return falls(instant(actual), until=now - value)

    def steps(self, value: timedelta) -> tuple[timedelta, ...]:
        return (value,)


class WithinNext(FromNow):
    """After now, up to N ahead."""

    key, label = "withinNext", said("is in the next")
    phrase = said("whose {field} is in the next {value}")
    example = {"field": "data.trialEnds", "operator": "withinNext", "value": 2, "unit": "weeks"}

    def sql(self, target: Target, value: timedelta) -> ColumnElement[bool]:
        return target.falls(after=target.now, until=target.now + value)

    def matches(self, actual: Any, value: timedelta, now: datetime) -> bool:
        return falls(instant(actual), after=now, until=now + value)

    def steps(self, value: timedelta) -> tuple[timedelta, ...]:
        return -value, AT_ONCE


OPERATORS = (Within(), OlderThan(), WithinNext())
