"""All that happened to one contact: what it did, its mail, its subscription, its segments, and that it came to be.

All but the last are events: plunk records entries and exits, flips and e-mail activity as events of the contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_

from plunk.contacts.service import get
from plunk.db.base import db
from plunk.events.models import Event
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor

TYPES = ("event", "email", "subscription", "entry", "exit", "created")
CREATED = "contact.created"


@dataclass(frozen=True)
class Item:
    """One line. `type` is one of `TYPES`; the segment of an entry or exit is told as it was called then."""

    id: UUID
    type: str
    name: str
    data: dict[str, Any]
    created_at: datetime

    @property
    def segment(self) -> dict[str, Any] | None:
        if self.type not in ("entry", "exit"):
            return None
        return {"id": self.data.get("segmentId"), "name": self.data.get("segmentName")}


def timeline(project_id: UUID, contact_id: UUID, *, limit: int, cursor: str | None = None) -> dict[str, Any]:
    """`{data: [Item], cursor, hasMore}`, newest first. Events may be dated back: they can lie before the creation.

    Raises ContactNotFound.
    """
    contact = get(project_id, contact_id)
    scope = f"timeline:{project_id}:{contact.id}"
    behind = decode_cursor(scope, cursor, is_time=True) if cursor else None
    items = [*_events(contact, behind, limit=limit + 1), *_creation(contact, behind)]
    items.sort(key=lambda item: (item.created_at, item.id), reverse=True)
    return cursor_page(
        items[: limit + 1],
        limit=limit,
        total=0,
        cursor_of=lambda item: encode_cursor(scope, item.created_at, item.id),
    )


def _events(contact: Row[Any], behind: tuple[datetime, UUID] | None, *, limit: int) -> list[Item]:
    wanted = select(Event.id, Event.name, Event.data, Event.created_at).where(
        Event.project_id == contact.project_id, Event.contact_id == contact.id
    )
    if behind:
        wanted = wanted.where(tuple_(Event.created_at, Event.id) < tuple_(*behind))
    rows = db.session.execute(wanted.order_by(Event.created_at.desc(), Event.id.desc()).limit(limit))
    return [Item(row.id, type_of(row.name), row.name, row.data, row.created_at) for row in rows]


def _creation(contact: Row[Any], behind: tuple[datetime, UUID] | None) -> list[Item]:
    if behind and (contact.created_at, contact.id) >= behind:
        return []
    return [Item(contact.id, "created", CREATED, {}, contact.created_at)]


def type_of(name: str) -> str:
    """What sort of event this is. The names that plunk records itself cannot be tracked by anybody."""
    if name.startswith("email."):
        return "email"
    if name in ("contact.subscribed", "contact.unsubscribed"):
        return "subscription"
    if name.startswith("segment.") and name.endswith((".entry", ".exit")):
        return name.rpartition(".")[2]
    return "event"
