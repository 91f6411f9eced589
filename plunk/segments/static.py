"""Static segments: members are put in and taken out by address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plunk.contacts import service as contacts
from plunk.contacts.changes import sharing
from plunk.contacts.models import Contact
from plunk.contacts.upsert import Origin
from plunk.db.base import db
from plunk.db.pipeline import run
from plunk.errors import SegmentNotFound, SegmentNotStatic
from plunk.segments.membership import gathering, look_before, move
from plunk.segments.models import Segment


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
    require_static(segment)
    begin(segment)
    addresses = {text: contacts.address_or_none(text) for text in dict.fromkeys(emails)}
    wanted = [address for address in dict.fromkeys(addresses.values()) if address]
    created = {}
    with gathering() as gathered:
        if create_missing:
            created = contacts.ensure(segment.project_id, wanted, subscribed=subscribed, origin=origin)
    known = _lock_contacts(segment, wanted)
    added = move(segment, list(known.values()), is_entry=True, gathered=gathered)
    return Added(
        added=len(added),
        already_members=len(known) - len(added),
        created=len(created),
        not_found=[text for text, address in addresses.items() if address not in known],
    )


def remove(segment: Segment, emails: Sequence[str]) -> Removed:
    """Takes contacts out by address; `not_found` are those who were not in. Raises SegmentNotStatic."""
    require_static(segment)
    begin(segment)
    addresses = {text: contacts.address_or_none(text) for text in dict.fromkeys(emails)}
    wanted = [address for address in dict.fromkeys(addresses.values()) if address]
    known = _lock_contacts(segment, wanted)
    gone = move(segment, list(known.values()), is_entry=False)
    left = {address for address, contact_id in known.items() if contact_id in gone}
    return Removed(len(gone), [text for text, address in addresses.items() if address not in left])


def require_static(segment: Segment) -> None:
    """Raises SegmentNotStatic."""
    if segment.type != "STATIC":
        raise SegmentNotStatic


def begin(segment: Segment) -> None:
    """No edit of segments until the commit; raises SegmentNotFound if this one is gone already."""
    run([sharing(segment.project_id)])
    mine = select(Segment.id).where(Segment.project_id == segment.project_id, Segment.id == segment.id)
    if db.session.scalar(mine) is None:
        raise SegmentNotFound


def _lock_contacts(segment: Segment, emails: list[str]) -> dict[str, UUID]:
    """Ids by address, in the order in which everybody locks contacts."""
    if not emails:
        return {}
    found = (
        select(Contact.email, Contact.id)
        .where(Contact.project_id == segment.project_id, Contact.email.in_(emails))
        .order_by(Contact.email.collate("C"))
        .with_for_update()
    )
    known = {row.email: row.id for row in db.session.execute(found)}
    look_before(segment.project_id, list(known.values()), ())
    return known
