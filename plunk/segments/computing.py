"""When a segment's members have to be found anew: what becomes `computing`, and how that ends."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update

from plunk.accounts.service import rules_edited
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.db.session import rows_changed
from plunk.events import recording
from plunk.jobs import service as jobs
from plunk.segments import mentions
from plunk.segments.models import Membership, MembershipChange, MembershipTimer, Segment, SegmentCountDelta

REFRESH = "segment.refresh"
BEGINNING = UUID(int=0)
AT_ONCE = 10_000
"""Projects of up to so many contacts are refreshed inside the request."""


def begin(segment: Segment, *, is_silent: bool = False, emits_existing: bool = False) -> None:
    """Under the project's lock: the segment's members are found anew if it keeps any, and those of all tracked rules
    that read it.

    `is_silent`: whoever matches now is the starting point. A starting point that is still being found stays one, for
    the contacts that it has not reached.
    """
    if is_silent:
        clear(segment.project_id, segment.id)
        segment.silent_after = BEGINNING
        segment.member_count = segment.reachable_count = 0
        catalogue_events(segment)
    if emits_existing:
        segment.silent_after, segment.emits_existing = None, True
    for each in (segment, *readers(segment.project_id, segment.id)):
        if each.type == "DYNAMIC" and each.track_membership:
            _restart(each)
    db.session.flush()
    rules_edited(segment.project_id)


def end_tracking(segment: Segment) -> None:
    """Under the project's lock: the segment keeps no members any more; rules that read it are looked at anew."""
    segment.status, segment.status_reason = "ready", None
    segment.refresh_cursor = segment.silent_after = segment.member_count_at = None
    segment.emits_existing = False
    begin(segment)
    clear_members(segment.project_id, segment.id)


def catalogue_events(segment: Segment) -> None:
    """The names of its entries and exits: known before the first of them, and no writer waits for the catalogue."""
    names = [f"segment.{segment.slug}.{change}" for change in ("entry", "exit")]
    recording.catalogue(segment.project_id, names)


def clear_members(project_id: UUID, segment_id: UUID, *, is_gone: bool = False) -> None:
    """Removes what a segment kept that keeps no members any more: a little at once, much by a worker."""
    if clear(project_id, segment_id, most=CLEAR_AT_ONCE, is_gone=is_gone) == CLEAR_AT_ONCE:
        jobs.start(project_id, CLEAR, {"segmentId": str(segment_id)})


def readers(project_id: UUID, segment_id: UUID) -> list[Segment]:
    """The segments whose rules read this one, directly or not, by membership or by its events."""
    segments = list(db.session.scalars(select(Segment).where(Segment.project_id == project_id)))
    by_slug = {each.slug: each.id for each in segments}
    read_by: dict[UUID, set[UUID]] = {}
    for each in segments:
        read = {*mentions.segments(each.condition)}
        read |= {by_slug[slug] for slug in mentions.slugs(each.condition) if slug in by_slug}
        for other in read:
            read_by.setdefault(other, set()).add(each.id)
    found: set[UUID] = set()
    pending = [segment_id]
    while pending:
        for reader in read_by.get(pending.pop(), ()):
            if reader not in found:
                found.add(reader)
                pending.append(reader)
    return [each for each in segments if each.id in found]


def is_small(project_id: UUID) -> bool:
    """Whether the project's contacts can be gone through inside a request."""
    some = select(Contact.id).where(Contact.project_id == project_id).limit(AT_ONCE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) <= AT_ONCE


CLEAR = "segment.clear"
CLEAR_AT_ONCE = 5_000


def clear(project_id: UUID, segment_id: UUID, *, most: int | None = None, is_gone: bool = False) -> int:
    """Removes counts, members and timers that a segment no longer keeps, its history too if it is gone; answers how
    many rows. `most` bounds it: a rule about time has a timer for everybody, members or not."""
    removed = 0
    history = (MembershipChange,) if is_gone else ()
    for table in (SegmentCountDelta, Membership, MembershipTimer, *history):
        where = [table.project_id == project_id, table.segment_id == segment_id]
        if most is not None:
            key = table.__table__.primary_key.columns
            where = [tuple_(*key).in_(select(*key).where(*where).limit(most - removed))]
        removed += rows_changed(delete(table).where(*where))
    return removed


def computing(project_id: UUID) -> list[Segment]:
    """The segments whose members are being found."""
    return list(
        db.session.scalars(
            select(Segment)
            .where(Segment.project_id == project_id, Segment.status == "computing")
            .execution_options(populate_existing=True)
        )
    )


def finish(project_id: UUID, segment_ids: Collection[UUID]) -> None:
    """Under the project's lock: every contact has been looked at."""
    rows_changed(
        update(Segment)
        .where(Segment.project_id == project_id, Segment.id.in_(segment_ids))
        .values(status="ready", refresh_cursor=None, silent_after=None, emits_existing=False)
    )
    rules_edited(project_id)


def _restart(segment: Segment) -> None:
    segment.status, segment.status_reason = "computing", None
    segment.refresh_cursor = BEGINNING
    segment.refreshed = segment.refresh_added = segment.refresh_removed = 0
