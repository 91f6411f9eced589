"""Static segments: members are put in and taken out by address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from plunk.contacts import service as contacts
from plunk.contacts.models import Contact
from plunk.contacts.upsert import Origin
from plunk.db.base import db
from plunk.errors import SegmentNotFound, SegmentNotStatic
from plunk.segments.models import Membership, Segment


@dataclass(frozen=True)
class Added:
    """Counts of addresses, each counted once; `created` ones count in `added` too."""

    added: int
    already_members: int
    created: int
    not_found: list[str]


@dataclass(frozen=True)
class Removed:
    removed: int
    not_found: list[str]


def add(
    segment: Segment,
    emails: Sequence[str],
    *,
    origin: Origin,
    create_missing: bool = False,
    subscribed: bool = True,
) -> Added:
    """Puts contacts in by address, creating them if asked to. Raises SegmentNotStatic."""
    _require_static(segment)
    _hold(segment)
    addresses = {text: contacts.address_or_none(text) for text in dict.fromkeys(emails)}
    wanted = [address for address in dict.fromkeys(addresses.values()) if address]
    created = {}
    if create_missing:
        created = contacts.ensure(segment.project_id, wanted, subscribed=subscribed, origin=origin)
    known = _lock_contacts(segment, wanted)
    added = _insert(segment, known)
    return Added(
        added=added,
        already_members=len(known) - added,
        created=len(created),
        not_found=[text for text, address in addresses.items() if address not in known],
    )


def remove(segment: Segment, emails: Sequence[str]) -> Removed:
    """Takes contacts out by address; `not_found` are those who were not in. Raises SegmentNotStatic."""
    _require_static(segment)
    addresses = {text: contacts.address_or_none(text) for text in dict.fromkeys(emails)}
    wanted = [address for address in dict.fromkeys(addresses.values()) if address]
    known = _lock_contacts(segment, wanted)
    gone = set(
        db.session.scalars(
            delete(Membership)
            .where(
                Membership.project_id == segment.project_id,
                Membership.segment_id == segment.id,
                Membership.contact_id.in_(list(known.values())),
            )
            .returning(Membership.contact_id),
            execution_options={"synchronize_session": False},
        )
    )
    left = {address for address, contact_id in known.items() if contact_id in gone}
    return Removed(len(gone), [text for text, address in addresses.items() if address not in left])


def _require_static(segment: Segment) -> None:
    if segment.type != "STATIC":
        raise SegmentNotStatic


def _hold(segment: Segment) -> None:
    """Keeps the segment from being deleted before the commit; raises SegmentNotFound if it is gone already."""
    mine = select(Segment.id).where(Segment.project_id == segment.project_id, Segment.id == segment.id)
    if db.session.scalar(mine.with_for_update(read=True, key_share=True)) is None:
        raise SegmentNotFound


def _lock_contacts(segment: Segment, emails: list[str]) -> dict[str, object]:
    """Ids by address, in the order in which everybody locks contacts. The lock keeps a contact from being deleted
    between here and the commit, which would leave a membership of nobody."""
    if not emails:
        return {}
    found = (
        select(Contact.email, Contact.id)
        .where(Contact.project_id == segment.project_id, Contact.email.in_(emails))
        .order_by(Contact.email.collate("C"))
        .with_for_update(key_share=True, read=True)
    )
    return {row.email: row.id for row in db.session.execute(found)}


def _insert(segment: Segment, known: dict[str, object]) -> int:
    if not known:
        return 0
    rows = [
        {
            "project_id": segment.project_id,
            "segment_id": segment.id,
            "contact_id": contact_id,
            "created_at": func.clock_timestamp(),
        }
        for contact_id in sorted(known.values(), key=str)
    ]
    statement = insert(Membership).values(rows).on_conflict_do_nothing().returning(Membership.contact_id)
    return len(db.session.scalars(statement).all())
