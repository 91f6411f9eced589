"""Reads from the database what a rule may know of one contact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from plunk import clock
from plunk.contacts.models import Contact
from plunk.contacts.service import get as get_contact
from plunk.db.base import db
from plunk.events.models import Activity, Event
from plunk.filters import profile
from plunk.filters.profile import EventRow, Profile
from plunk.filters.walk import Reads
from plunk.segments.failing import asking
from plunk.segments.models import Segment
from plunk.segments.rules import members


def load(project_id: UUID, contact_id: UUID, reads: Reads) -> Profile:
    """One contact's profile with what `reads` names; raises ContactNotFound."""
    contact = get_contact(project_id, contact_id)
    segments = {
        segment.id for segment in _segments(project_id, reads) if is_true(contact_id, members(segment))
    }
    return Profile(
        email=contact.email,
        subscribed=contact.subscribed,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        data=contact.data,
        activity=activity_of(project_id, contact_id, reads.events),
        events=events_of(project_id, contact_id, reads.event_rows),
        is_member=segments.__contains__,
    )


def is_true(contact_id: UUID, where: list[ColumnElement[bool]]) -> bool:
    """Whether one contact is among those that `where` describes. Raises SegmentBroken."""
    with asking():
        return db.session.scalar(select(Contact.id).where(Contact.id == contact_id, *where)) is not None


def database_now() -> datetime:
    """The database's clock, as rules see it."""
    moment: datetime = db.session.execute(select(clock.sql_now())).scalar_one()
    return moment


def _segments(project_id: UUID, reads: Reads) -> list[Segment]:
    if not reads.segments:
        return []
    found = select(Segment).where(Segment.project_id == project_id, Segment.id.in_(reads.segments))
    return list(db.session.scalars(found))


def activity_of(project_id: UUID, contact_id: UUID, names: frozenset[str]) -> dict[str, profile.Activity]:
    """A contact's activity under these names."""
    if not names:
        return {}
    rows = db.session.execute(
        select(Activity.name, Activity.first_at, Activity.last_at, Activity.count).where(
            Activity.project_id == project_id, Activity.contact_id == contact_id, Activity.name.in_(names)
        )
    )
    return {row.name: profile.Activity(row.first_at, row.last_at, row[3]) for row in rows}


def events_of(project_id: UUID, contact_id: UUID, names: frozenset[str]) -> dict[str, list[EventRow]]:
    """A contact's events of these names."""
    found: dict[str, list[EventRow]] = {name: [] for name in names}
    if names:
        rows = db.session.execute(
            select(Event.name, Event.created_at, Event.data).where(
                Event.project_id == project_id, Event.contact_id == contact_id, Event.name.in_(names)
            )
        )
        for row in rows:
            found[row.name].append(EventRow(row.created_at, row.data))
    return found
