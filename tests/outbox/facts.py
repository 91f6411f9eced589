"""Facts that never happened, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk import hookimpl
from plunk.db.base import db, new_id
from plunk.db.session import transaction
from plunk.facts import EventTracked, Fact, MembershipChanged
from plunk.outbox.interest import interest
from plunk.outbox.models import OutboxRow
from plunk.outbox.service import record
from plunk.outbox.telling import Teller

AT = datetime(2026, 11, 23, 12, 30, 0, 125_000, tzinfo=UTC)


class Listener:
    """Keeps what it hears; `does` happens at each fact, before it is kept."""

    def __init__(self, does: Callable[[Any], object] = lambda fact: None) -> None:
        self.does = does
        self.heard: list[Any] = []

    @hookimpl
    def plunk_event_tracked(self, fact: EventTracked) -> None:
        self.does(fact)
        self.heard.append(fact)

    @property
    def sequences(self) -> list[int]:
        return [fact.sequence for fact in self.heard]


def event(
    project_id: UUID, contact_id: UUID, sequence: int, name: str = "bought", **data: Any
) -> EventTracked:
    contact = {"id": str(contact_id), "email": "ada@example.com", "subscribed": True, "data": {"n": 1.5}}
    return EventTracked(new_id(), project_id, contact_id, sequence, AT, contact, name, data)


def entry(project_id: UUID, contact_id: UUID, sequence: int, slug: str = "trial") -> MembershipChanged:
    contact = {"id": str(contact_id), "email": "ada@example.com", "subscribed": True, "data": {}}
    segment = {"id": str(new_id()), "name": "Trial", "slug": slug}
    return MembershipChanged(new_id(), project_id, contact_id, sequence, AT, contact, "entry", segment)


def tell(*facts: Fact) -> None:
    """Records facts of one project, and commits."""
    with transaction():
        record(facts, interest(facts[0].project_id, 0))


def tell_all(teller: Teller) -> None:
    """Tells a listener whatever is due."""
    while teller.tell_due():
        pass


def fail(fact: Any) -> None:
    """What a listener does that has no luck."""
    raise ValueError("no luck")


def rows(listener: str) -> list[OutboxRow]:
    """The listener's rows, in the order in which they were recorded."""
    db.session.rollback()
    db.session.expire_all()
    found = (
        select(OutboxRow).where(OutboxRow.listener == listener).order_by(OutboxRow.created_at, OutboxRow.id)
    )
    return list(db.session.scalars(found))


def states(listener: str) -> list[str]:
    return [row.state for row in rows(listener)]


def change(listener: str, **values: Any) -> None:
    """Sets columns of all the listener's rows."""
    with transaction():
        for row in rows(listener):
            for name, value in values.items():
                setattr(row, name, value)
