"""What a rule reads, and whether time alone can change its answer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from plunk.filters.fields import Kind
from plunk.filters.nodes import Condition


@dataclass(frozen=True)
class Reads:
    """`fields` as rules name them (`email`, `data.plan`), `events` by stored name (`purchase`, `email.open`).

    `event_rows` are the events of which the single rows are needed; they stand in `events` too.
    """

    fields: frozenset[str]
    events: frozenset[str]
    event_rows: frozenset[str]
    segments: frozenset[UUID]
    mentions_time: bool


def reads(condition: Condition) -> Reads:
    """Everything that could change the rule's answer for a contact."""
    filters = list(condition.filters())
    on_events = [each for each in filters if each.field.kind in (Kind.EVENT, Kind.EMAIL_ACTIVITY)]
    elsewhere = [each for each in filters if each not in on_events and each.field.kind != Kind.SEGMENT]
    return Reads(
        fields=frozenset(each.field.name for each in elsewhere),
        events=frozenset(each.field.key for each in on_events),
        event_rows=frozenset(each.field.key for each in on_events if each.operator.reads_rows(each.value)),
        segments=frozenset(UUID(each.field.key) for each in filters if each.field.kind == Kind.SEGMENT),
        mentions_time=any(each.mentions_time for each in filters),
    )
