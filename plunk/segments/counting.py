"""How many are in a segment, and how many of them mail would reach."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update

from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.errors import SegmentBroken
from plunk.segments.models import Membership, Segment
from plunk.segments.rules import members


class Count(NamedTuple):
    """`reachable` are the subscribed ones."""

    total: int
    reachable: int


def count(where: Sequence[ColumnElement[bool]]) -> Count:
    """Counts the contacts that `where` describes, at this moment."""
    row = db.session.execute(
        select(func.count(), func.count().filter(Contact.subscribed)).select_from(Contact).where(*where)
    ).one()
    return Count(*row)


def recount(segment: Segment) -> Count:
    """Counts a segment's members and keeps the result with it. Raises SegmentBroken."""
    found = count(members(segment))
    db.session.execute(
        update(Segment)
        .where(Segment.project_id == segment.project_id, Segment.id == segment.id)
        .values(
            member_count=found.total, reachable_count=found.reachable, member_count_at=func.clock_timestamp()
        )
    )
    return found


def recount_unless_broken(segment: Segment) -> None:
    """The same, where a broken rule is no reason to fail: its last count stays."""
    with suppress(SegmentBroken):
        recount(segment)


def allow_parallel_workers() -> None:
    """For background counts: two more processes of the database, for the rest of the transaction."""
    db.session.execute(text("SET LOCAL max_parallel_workers_per_gather = 2"))


def static_counts(project_id: UUID) -> dict[UUID, Count]:
    """The counts of all static segments with members, now."""
    rows = db.session.execute(
        select(Membership.segment_id, func.count(), func.count().filter(Contact.subscribed))
        .join(Contact, (Contact.project_id == Membership.project_id) & (Contact.id == Membership.contact_id))
        .where(Membership.project_id == project_id)
        .group_by(Membership.segment_id)
    )
    return {segment_id: Count(total, reachable) for segment_id, total, reachable in rows}
