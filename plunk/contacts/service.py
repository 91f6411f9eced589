"""What can be done with one contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from plunk.contacts import catalogue, changes
from plunk.contacts.data import DataWrite, is_same, limits
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.contacts.models import Contact
from plunk.contacts.upsert import ContactWrite, Origin, flip_event, upsert_many
from plunk.db.base import db
from plunk.db.locks import lock
from plunk.errors import ContactNotFound, EmailTaken, InvalidInput
from plunk.events import recording
from plunk.events.recording import NewEvent
from plunk.facts import ContactChange, StoredEvent

COLUMNS = (
    Contact.id,
    Contact.project_id,
    Contact.email,
    Contact.subscribed,
    Contact.data,
    Contact.created_at,
    Contact.updated_at,
)
_NOW = func.date_trunc("milliseconds", func.clock_timestamp())


def get(project_id: UUID, contact_id: UUID) -> Row[Any]:
    """Raises ContactNotFound."""
    return _one(Contact.project_id == project_id, Contact.id == contact_id)


def get_by_email(project_id: UUID, email: str) -> Row[Any]:
    """Raises ContactNotFound, for text that is no address too."""
    try:
        return _one(Contact.project_id == project_id, Contact.email == normalise(email))
    except InvalidEmail:
        raise ContactNotFound from None


def look_up(project_id: UUID, emails: Sequence[str]) -> tuple[dict[str, UUID], list[str]]:
    """`(found, not found)`: the ids by address as the caller wrote it, and the rest in order."""
    addresses = {text: address for text in emails if (address := address_or_none(text))}
    ids = dict(
        db.session.execute(
            select(Contact.email, Contact.id).where(
                Contact.project_id == project_id, Contact.email.in_(set(addresses.values()))
            )
        ).all()
    )
    found = {text: ids[address] for text, address in addresses.items() if address in ids}
    return found, [text for text in dict.fromkeys(emails) if text not in found]


def ensure(project_id: UUID, emails: Sequence[str], *, subscribed: bool, origin: Origin) -> dict[str, UUID]:
    """Makes sure that contacts with these normalised addresses exist; answers the ids of those it made."""
    empty = DataWrite()
    writes = [ContactWrite(email, empty) for email in dict.fromkeys(emails)]
    if not subscribed:
        writes = [ContactWrite(write.email, empty, subscribed=False) for write in writes]
    only_new = Origin(origin.source, origin.key_kind, may_flip=False)
    results = upsert_many(project_id, writes, only_new)
    return {
        write.email: result.contact_id for write, result in zip(writes, results, strict=True) if result.is_new
    }


def change(
    project_id: UUID,
    contact_id: UUID,
    *,
    origin: Origin,
    email: str | None = None,
    data: DataWrite | None = None,
    clear_data: bool = False,
    subscribed: bool | None = None,
) -> Row[Any]:
    """Merges `data`, or clears it; moves `updatedAt` only if something changes.

    Raises ContactNotFound, EmailTaken, InvalidInput (the merged data exceeds a limit).
    """
    if email is not None:
        # Alone: two that swap addresses would wait for each other, and lists of contacts are locked by address.
        lock("rules", project_id)
    changes.begin(project_id, [contact_id])
    before = _one(Contact.project_id == project_id, Contact.id == contact_id, locking=True)
    wanted: dict[str, Any] = {}
    merged = {} if clear_data else data.merged_into(before.data) if data else before.data
    if not is_same(merged, before.data):
        if problems := limits(merged):
            raise InvalidInput(problems)
        wanted["data"] = merged
    if email is not None and email != before.email:
        wanted["email"] = email
    is_flip = subscribed is not None and subscribed != before.subscribed
    if is_flip:
        wanted.update(subscribed=subscribed, opt_out_reason=None)
    if not wanted:
        return before
    after = _update(project_id, contact_id, wanted)
    events = []
    if is_flip:
        events = [recording.record(project_id, contact_id, flip_event(bool(subscribed), origin))]
    change = ContactChange(
        contact_id,
        fields=_changed_fields(before, wanted),
        subscription=(1 if subscribed else -1) if is_flip else 0,
        events=tuple(events),
    )
    changes.tell(project_id, [change])
    if data:
        catalogue.add(project_id, [data.keep])
    recording.catalogue(project_id, [event.name for event in events])
    return after


def note(project_id: UUID, contact_id: UUID, event: NewEvent) -> StoredEvent:
    """Something happened to a contact that we know: e-mail activity (`email.open` …) comes through here.

    Raises ContactNotFound.
    """
    changes.begin(project_id, [contact_id])
    _one(Contact.project_id == project_id, Contact.id == contact_id, locking=True)
    told = recording.record(project_id, contact_id, event)
    changes.tell(project_id, [ContactChange(contact_id, events=(told,))])
    recording.catalogue(project_id, [event.name])
    return told


def remove(project_id: UUID, contact_id: UUID) -> None:
    """Deletes a contact with its events and activity; raises ContactNotFound."""
    changes.begin(project_id, [contact_id])
    row = _one(Contact.project_id == project_id, Contact.id == contact_id, locking=True)
    before = {"id": str(row.id), "email": row.email, "subscribed": row.subscribed, "data": row.data}
    changes.tell(project_id, [ContactChange(contact_id, before=before)])
    db.session.execute(delete(Contact).where(Contact.project_id == project_id, Contact.id == contact_id))


def address_or_none(text: str) -> str | None:
    """The normalised address, or None for text that is none."""
    try:
        return normalise(text)
    except InvalidEmail:
        return None


def _one(*where: Any, locking: bool = False) -> Row[Any]:
    statement = select(*COLUMNS).where(*where)
    row = db.session.execute(statement.with_for_update() if locking else statement).first()
    if row is None:
        raise ContactNotFound
    return row


def _changed_fields(before: Row[Any], wanted: dict[str, Any]) -> frozenset[str]:
    """As rules name them."""
    found = {"updatedAt", *(name for name in ("email", "subscribed") if name in wanted)}
    if "data" in wanted:
        keys = before.data.keys() | wanted["data"].keys()
        found |= {f"data.{key}" for key in keys}
    return frozenset(found)


def _update(project_id: UUID, contact_id: UUID, wanted: dict[str, Any]) -> Row[Any]:
    statement = (
        update(Contact)
        .where(Contact.project_id == project_id, Contact.id == contact_id)
        .values(**wanted, updated_at=_NOW)
        .returning(*COLUMNS)
    )
    try:
        return db.session.execute(statement, execution_options={"synchronize_session": False}).one()
    except IntegrityError as problem:
        if getattr(problem.orig, "sqlstate", "") == "23505":
            raise EmailTaken from problem
        raise
