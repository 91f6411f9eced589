"""How far from now a date lies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from plunk.filters.durations import Duration, read_duration
from plunk.filters.fields import Kind
from plunk.filters.given import Given
from plunk.filters.operator import Operator
from plunk.filters.targets import Target
from plunk.filters.values import falls, instant


class FromNow(Operator):
    """A date in a stretch of time that begins or ends now."""

    kinds = (Kind.DATE, Kind.DATA)
    operand = Duration()
    members = ("unit",)

    def load(self, given: Given) -> timedelta | None:
        return read_duration(given, "value")

    def mentions_time(self, value: timedelta) -> bool:
        return True


class Within(FromNow):
    """In the last N: after now − N, up to now."""

    key, label = "within", "is in the last"
    example = {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"}

    def sql(self, target: Target, value: timedelta) -> ColumnElement[bool]:
        return target.falls(after=target.now - value, until=target.now)

    def matches(self, actual: Any, value: timedelta, now: datetime) -> bool:
        return falls(instant(actual), after=now - value, until=now)


class OlderThan(FromNow):
    """N ago or earlier."""

    key, label = "olderThan", "is more than … ago"
    example = {"field": "createdAt", "operator": "olderThan", "value": 12, "unit": "months"}

    def sql(self, target: Target, value: timedelta) -> ColumnElement[bool]:
        return target.falls(until=target.now - value)

    def matches(self, actual: Any, value: timedelta, now: datetime) -> bool:
        return falls(instant(actual), until=now - value)


class WithinNext(FromNow):
    """After now, up to N ahead."""

    key, label = "withinNext", "is in the next"
    example = {"field": "data.trialEnds", "operator": "withinNext", "value": 2, "unit": "weeks"}

    def sql(self, target: Target, value: timedelta) -> ColumnElement[bool]:
        return target.falls(after=target.now, until=target.now + value)

    def matches(self, actual: Any, value: timedelta, now: datetime) -> bool:
        return falls(instant(actual), after=now, until=now + value)


OPERATORS = (Within(), OlderThan(), WithinNext())
