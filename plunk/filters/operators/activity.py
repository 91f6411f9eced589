"""What a contact did, and what became of the mail it got."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement

from plunk.filters.durations import Duration, read_duration
from plunk.filters.event_target import EventTarget
from plunk.filters.fields import Kind
from plunk.filters.given import Given
from plunk.filters.operator import Negation, Operator
from plunk.filters.profile import History
from plunk.filters.said import said
from plunk.filters.values import next_edge


class Triggered(Operator):
    """Ever."""

    key, label = "triggered", said("happened")
    phrase = said("{did}")
    kinds = (Kind.EVENT, Kind.EMAIL_ACTIVITY)
    example = {"field": "event.signed_up", "operator": "triggered"}

    def sql(self, target: EventTarget, value: None) -> ColumnElement[bool]:
        return target.happened()

    def matches(self, actual: History, value: None, now: datetime) -> bool:
        return actual.activity is not None


class TriggeredWithin(Operator):
    """In the last N."""

    key, label = "triggeredWithin", said("happened in the last")
    phrase = said("{did} in the last {value}")
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

    def flips_at_sql(self, target: EventTarget, value: timedelta) -> ColumnElement[datetime]:
        return target.next_edge((value,))

    def flips_at(self, actual: History, value: timedelta, now: datetime) -> datetime | None:
        return None if actual.activity is None else next_edge(actual.activity.last_at, (value,), now)


class TriggeredOlderThan(TriggeredWithin):
    """Ever, but not in the last N."""

    key, label = "triggeredOlderThan", said("last happened more than … ago")
    phrase = said("{last} more than {value} ago")
    example = {"field": "event.login", "operator": "triggeredOlderThan", "value": 6, "unit": "weeks"}

    def sql(self, target: EventTarget, value: timedelta) -> ColumnElement[bool]:
        return target.happened(target.activity.c.last_at <= target.now - value)

    def matches(self, actual: History, value: timedelta, now: datetime) -> bool:
        return actual.activity is not None and actual.activity.last_at <= now - value


triggered, triggered_within = Triggered(), TriggeredWithin()

OPERATORS = (
    triggered,
    Negation("notTriggered", said("never happened"), of=triggered, phrase=said("{never}")),
    triggered_within,
    Negation(
        "notTriggeredWithin",
        said("did not happen in the last"),
        of=triggered_within,
        phrase=said("{did_not} in the last {value}"),
    ),
    TriggeredOlderThan(),
)
