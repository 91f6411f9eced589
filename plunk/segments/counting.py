"""How many are in a segment, and how many of them mail would reach."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update

from plunk.accounts.models import Project
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.db.locks import number
from plunk.db.pipeline import Statement, run
from plunk.db.turns import in_turn
from plunk.errors import SegmentBroken
from plunk.segments.failing import asking
from plunk.segments.models import Segment, SegmentCountDelta
from plunk.segments.rules import members


class Count(NamedTuple):
    """`reachable` are the subscribed ones."""

    total: int
    reachable: int


def count(where: Sequence[ColumnElement[bool]]) -> Count:
    """Counts the contacts that `where` describes, at this moment. Raises SegmentBroken."""
    wanted = select(func.count(), func.count().filter(Contact.subscribed)).select_from(Contact).where(*where)
    with asking(), db.session.begin_nested():
        return Count(*db.session.execute(wanted).one())


def recount(segment: Segment) -> Count:
    """Counts a segment's members and keeps the result with it, unless it keeps its members: those are counted as they
    come and go. Raises SegmentBroken."""
    if segment.is_settled:
        if segment.status == "broken":
            raise SegmentBroken(f"The members of {segment.name!r} are frozen: {segment.status_reason}")
        return kept(segment)
    found = count(members(segment))
    if not segment.keeps_rows:
        keep(segment, found)
    return found


def keep(segment: Segment, found: Count) -> None:
    """Notes a count of this moment as the last one, for lists to show."""
    db.session.execute(
        update(Segment)
        .where(Segment.project_id == segment.project_id, Segment.id == segment.id)
        .values(
            member_count=found.total, reachable_count=found.reachable, member_count_at=func.clock_timestamp()
        )
    )


def recount_unless_broken(segment: Segment) -> None:
    """The same, where a broken rule is no reason to fail: its last count stays."""
    with suppress(SegmentBroken):
        recount(segment)


def kept(segment: Segment) -> Count:
    """The count of one segment that keeps its members, now; as it was read if somebody ended that meanwhile."""
    found = kept_counts(segment.project_id, segment.id)
    return found.get(segment.id, Count(segment.member_count, segment.reachable_count))


def kept_counts(project_id: UUID, segment_id: UUID | None = None) -> dict[UUID, Count]:
    """The counts of the segments that keep members, now: the base and what was added since."""
    mine = [Segment.project_id == project_id, *([] if segment_id is None else [Segment.id == segment_id])]
    added = (
        select(
            SegmentCountDelta.segment_id,
            func.sum(SegmentCountDelta.members).label("members"),
            func.sum(SegmentCountDelta.reachable).label("reachable"),
        )
        .where(
            SegmentCountDelta.project_id == project_id,
            *([] if segment_id is None else [SegmentCountDelta.segment_id == segment_id]),
        )
        .group_by(SegmentCountDelta.segment_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Segment.id,
            Segment.member_count + func.coalesce(added.c.members, 0),
            Segment.reachable_count + func.coalesce(added.c.reachable, 0),
        )
        .outerjoin(added, added.c.segment_id == Segment.id)
        .where(*mine, or_(Segment.type == "STATIC", Segment.track_membership))
    )
    return {found: Count(members, reachable) for found, members, reachable in rows}


def kept_count(segment: Segment) -> Select[int]:
    """The members of a segment that keeps them, as part of a larger question: base and additions of one moment."""
    added = select(func.coalesce(func.sum(SegmentCountDelta.members), 0)).where(
        SegmentCountDelta.project_id == segment.project_id, SegmentCountDelta.segment_id == segment.id
    )
    base = select(Segment.member_count + added.scalar_subquery())
    return base.where(Segment.project_id == segment.project_id, Segment.id == segment.id)


def fold() -> int:
    """Adds up the count deltas of all projects; answers how many rows that took away. The shared lock keeps a
    segment from being made anew under it."""
    projects = db.session.scalars(select(Project.id).where(_has_deltas())).all()
    return sum(in_turn(projects, _fold_of, what="counts of segments").values())


def _fold_of(project_id: UUID) -> int:
    values = {"project_id": project_id, "key": number("rules", project_id)}
    return len(run([Statement(_SHARE, values), Statement(_FOLD, values)])[1])


def _has_deltas() -> ColumnElement[bool]:
    return exists().where(SegmentCountDelta.project_id == Project.id)


_SHARE = b"SELECT pg_advisory_xact_lock_shared(%(key)s)"
_FOLD = b"""
    WITH gone AS (
        DELETE FROM segment_count_deltas WHERE project_id = %(project_id)s RETURNING segment_id, members, reachable
    ), added AS (
        SELECT segment_id, sum(members) AS members, sum(reachable) AS reachable FROM gone GROUP BY segment_id
    ), folded AS (
        UPDATE segments AS s
        SET member_count = s.member_count + added.members, reachable_count = s.reachable_count + added.reachable
        FROM added WHERE s.project_id = %(project_id)s AND s.id = added.segment_id
    )
    SELECT segment_id FROM gone
"""
