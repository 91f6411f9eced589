"""What can happen, in the past tense: one frozen dataclass each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True)
class StoredEvent:
    """An event as it was stored with a contact."""

    id: UUID
    name: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class ContactChange:
    """What one transaction did to one contact.

    `fields` are those that may have changed, as rules name them (`email`, `subscribed`, `updatedAt`, `data.plan`);
    more than really changed may be named, never fewer. `subscription` is +1 for somebody who came to be subscribed,
    −1 for the opposite. `events` were stored with it; `forgotten_events` are names of which single events were removed.
    A deleted contact's `before` is `{id, email, subscribed, data}` as it was; no row is left of it when the transaction
    ends.
    """

    contact_id: UUID
    is_new: bool = False
    fields: frozenset[str] = frozenset()
    subscription: int = 0
    events: tuple[StoredEvent, ...] = ()
    forgotten_events: frozenset[str] = frozenset()
    before: Mapping[str, Any] | None = None

    @property
    def is_deleted(self) -> bool:
        return self.before is not None


@dataclass(frozen=True)
class EventTracked:
    """Something a contact did, or that happened to it: a tracked event, a flip of its subscription
    (`contact.subscribed`, `contact.unsubscribed`), e-mail activity, or `contact.created`, `contact.updated`,
    `contact.deleted`.

    `contact` is `{id, email, subscribed, data}` at the end of the write, or as it was if it is gone. `sequence` rises
    with each fact about a contact. `id` is the same however often the fact is told.
    """

    id: UUID
    project_id: UUID
    contact_id: UUID
    sequence: int
    at: datetime
    contact: Mapping[str, Any]
    name: str
    data: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """What listeners choose by: `signed_up`, `contact.updated`."""
        return self.name


@dataclass(frozen=True)
class MembershipChanged:
    """A contact came into a segment, or left it. `segment` is `{id, name, slug}` as it was at that moment."""

    id: UUID
    project_id: UUID
    contact_id: UUID
    sequence: int
    at: datetime
    contact: Mapping[str, Any]
    change: Literal["entry", "exit"]
    segment: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """`segment.<slug>.entry` or `segment.<slug>.exit`."""
        return f"segment.{self.segment['slug']}.{self.change}"


Fact = EventTracked | MembershipChanged
