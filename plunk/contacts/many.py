"""What can be done with many contacts at once, by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update

from plunk.contacts import changes
from plunk.contacts.models import Contact
from plunk.contacts.upsert import Origin, flip_event
from plunk.db.arrays import is_one_of
from plunk.db.base import db
from plunk.events import recording
from plunk.facts import ContactChange


def lock_all(project_id: UUID, contact_ids: Sequence[UUID]) -> list[UUID]:
    """Opens a write to these contacts, for the rest of the transaction. Answers those that exist, locked in the order
    in which everybody locks contacts; what is read of them from now on stays true."""
    changes.begin(project_id, contact_ids)
    found = (
        select(Contact.id)
        .where(Contact.project_id == project_id, is_one_of(Contact.id, contact_ids))
        .order_by(Contact.email.collate("C"))
        .with_for_update()
    )
    return list(db.session.scalars(found))


def set_subscribed(
    project_id: UUID, contact_ids: Sequence[UUID], *, subscribed: bool, origin: Origin
) -> set[UUID]:
    """Subscribes contacts that are locked, or unsubscribes them; answers those for whom that was a change."""
    statement = (
        update(Contact)
        .where(
            Contact.project_id == project_id,
            is_one_of(Contact.id, contact_ids),
            Contact.subscribed.is_(not subscribed),
        )
        .values(
            subscribed=subscribed,
            opt_out_reason=None,
            updated_at=func.date_trunc("milliseconds", func.clock_timestamp()),
        )
        .returning(Contact.id)
    )
    flipped = list(db.session.scalars(statement, execution_options={"synchronize_session": False}))
    event = flip_event(subscribed, origin)
    told = recording.record_many(project_id, [(contact_id, event) for contact_id in flipped])
    fields = frozenset({"subscribed", "updatedAt"})
    changes.tell(
        project_id,
        [
            ContactChange(contact_id, fields=fields, subscription=1 if subscribed else -1, events=(stored,))
            for contact_id, stored in zip(flipped, told, strict=True)
        ],
    )
    if flipped:
        recording.catalogue(project_id, [event.name])
    return set(flipped)


def remove_all(project_id: UUID, contact_ids: Sequence[UUID]) -> None:
    """Deletes contacts that are locked, with everything about them."""
    mine = (Contact.project_id == project_id, is_one_of(Contact.id, contact_ids))
    rows = db.session.execute(
        select(Contact.id, Contact.email, Contact.subscribed, Contact.data).where(*mine)
    )
    before = {
        row.id: {"id": str(row.id), "email": row.email, "subscribed": row.subscribed, "data": row.data}
        for row in rows
    }
    changes.tell(project_id, [ContactChange(contact_id, before=each) for contact_id, each in before.items()])
    db.session.execute(delete(Contact).where(*mine), execution_options={"synchronize_session": False})
