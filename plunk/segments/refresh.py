"""Goes through a project's contacts, range by range, until the members of computing segments are found.

Each range is one transaction under the project's lock, which keeps writers out for some tens of milliseconds: a
single statement over all contacts would see some writers' changes and miss others'. Any process can go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Text,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from plunk import clock
from plunk.accounts.service import rules_version
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.errors import SegmentBroken
from plunk.filters.nodes import timeless_part
from plunk.outbox.interest import interest
from plunk.segments import differences, states
from plunk.segments.breaking import freeze
from plunk.segments.computing import BEGINNING, computing, finish
from plunk.segments.failing import asking
from plunk.segments.judging import Judge
from plunk.segments.models import Membership, MembershipTimer, Segment
from plunk.segments.rulebook import Rulebook, rulebook
from plunk.segments.rules import compiled, flips, parse

RANGE = 10_000
"""At most so many contacts are looked at in one transaction."""

FEWEST = 100
AIM_SECONDS = 0.2
"""Writers should not wait longer for a range."""


@dataclass(frozen=True)
class Range:
    """Contacts with ids after `after`, up to `last` (`None`: to the end)."""

    after: UUID
    last: UUID | None
    contacts: int

    def holds(self, column: ColumnElement[UUID] | Any) -> list[ColumnElement[bool]]:
        """SQL: the id lies in the range."""
        return [column > self.after, *([] if self.last is None else [column <= self.last])]


@dataclass
class Pace:
    """How many contacts go into the next range. Telling of each costs a hundred times what a silent look costs, so
    it follows what the last one took, and begins with few: the first must not keep writers out either."""

    contacts: int = FEWEST

    def took(self, seconds: float) -> None:
        wished = self.contacts * min(AIM_SECONDS / max(seconds, 0.001), 2.0)
        self.contacts = int(min(max(wished, FEWEST), RANGE))


def step(project_id: UUID, *, most: int | None = None) -> int | None:
    """The next range, under the project's lock; answers the contacts in it, None if nothing is left to do."""
    waiting = computing(project_id)
    if not waiting:
        return None
    after = min(each.refresh_cursor or BEGINNING for each in waiting)
    stretch = _next_range(project_id, after, RANGE if most is None else min(most, RANGE))
    ids = {each.id for each in waiting}
    version = rules_version(project_id)
    book = rulebook(project_id, version)
    freeze(project_id, {each: reason for each, reason in book.broken.items() if each in ids})
    segments = {each.id: each for each in waiting}
    for rule in book.rules:
        segment = segments.get(rule.segment.id)
        if segment is not None and not _is_past(segment, stretch):
            _look_at(segment, stretch, book, version)
    db.session.flush()
    if stretch.last is None:
        finish(project_id, [each.id for each in computing(project_id)])
    return stretch.contacts


def _is_past(segment: Segment, stretch: Range) -> bool:
    return stretch.last is not None and (segment.refresh_cursor or BEGINNING) >= stretch.last


def _next_range(project_id: UUID, after: UUID, most: int) -> Range:
    mine = select(Contact.id).where(Contact.project_id == project_id, Contact.id > after)
    ids = mine.order_by(Contact.id).limit(most).subquery()
    count, last = db.session.execute(select(func.count(), func.max(ids.c.id.cast(Text)))).one()
    return Range(after, UUID(last) if count == most else None, count)


def _look_at(segment: Segment, stretch: Range, book: Rulebook, version: int) -> None:
    """One segment, one range. A plugin's SQL may fail: in its savepoint, and its segment is broken then."""
    try:
        with asking(), db.session.begin_nested():
            added, removed = _find_differences(segment, stretch, book, version)
            _arm(segment, stretch)
    except SegmentBroken as problem:
        freeze(segment.project_id, {segment.id: problem.message})
        return
    segment.refresh_added += added
    segment.refresh_removed += removed
    segment.refreshed += stretch.contacts
    segment.refresh_cursor = stretch.last
    if segment.silent_after is not None and stretch.last is not None:
        segment.silent_after = max(segment.silent_after, stretch.last)


def _find_differences(segment: Segment, stretch: Range, book: Rulebook, version: int) -> tuple[int, int]:
    """Who came in and who left. The starting point is written where it is found; others are told like any change."""
    rows = db.session.execute(_differences(segment, stretch)).all()
    silent = [row for row in rows if row.contact_id is None]
    loud = {row.contact_id: row.is_entry for row in rows if row.contact_id is not None}
    added = removed = 0
    for row in silent:
        added += row.members
        differences.add_counts(
            segment.project_id, {segment.id: (row.members, row.reachable)} if row.members else {}
        )
    unannounced = _unannounced(segment, stretch) if segment.emits_existing else []
    if loud or unannounced:
        found = states.read(segment.project_id, [*loud, *unannounced], events=(), event_rows=())
        judge = Judge(book, found.now)
        entry = book.segments[segment.id]
        for contact_id in sorted(loud):
            judge.flip(found.by_id[contact_id], entry)
        listening = interest(segment.project_id, version)
        differences.write(segment.project_id, judge.flips, now=judge.stamp, listening=listening)
        announced = [judge.announce(found.by_id[each], entry) for each in unannounced]
        differences.announce(segment.project_id, announced, now=judge.stamp, listening=listening)
        added += sum(loud.values())
        removed += len(loud) - sum(loud.values())
    return added, removed


def _differences(segment: Segment, stretch: Range) -> CompoundSelect[Any]:
    """Rows `(contact_id, is_entry)` for differences to be told, and one `(null, null, members, reachable)` that says
    how many were written as the starting point. Both sides are bounded by the range."""
    matching = (
        select(Contact.id, Contact.subscribed)
        .where(
            Contact.project_id == segment.project_id, *stretch.holds(Contact.id), _matches(segment, stretch)
        )
        .cte("matching")
    )
    member = (
        select(Membership.contact_id)
        .where(
            Membership.project_id == segment.project_id,
            Membership.segment_id == segment.id,
            *stretch.holds(Membership.contact_id),
        )
        .cte("member")
    )
    is_missing = ~exists().where(member.c.contact_id == matching.c.id)
    is_start = false() if segment.silent_after is None else matching.c.id > segment.silent_after
    start = select(matching.c.id, matching.c.subscribed).where(is_start, is_missing).cte("start")
    both = matching.join(member, matching.c.id == member.c.contact_id, full=True)
    loud = (
        select(
            func.coalesce(matching.c.id, member.c.contact_id).label("contact_id"),
            matching.c.id.is_not(None).label("is_entry"),
            null().label("members"),
            null().label("reachable"),
        )
        .select_from(both)
        .where(or_(matching.c.id.is_(None), and_(member.c.contact_id.is_(None), not_(is_start))))
    )
    silent = select(null(), null(), func.count(), func.count().filter(start.c.subscribed)).select_from(start)
    both_sorts: CompoundSelect[Any] = union_all(loud, silent)
    return both_sorts.add_cte(_put_in(segment, start))


def _put_in(segment: Segment, start: CTE) -> CTE:
    rows = select(literal(segment.project_id), literal(segment.id), start.c.id, clock.sql_now(), false())
    columns = ["project_id", "segment_id", "contact_id", "created_at", "is_announced"]
    return insert(Membership).from_select(columns, rows).returning(Membership.contact_id).cte("put_in")


def _matches(segment: Segment, stretch: Range) -> ColumnElement[bool]:
    condition = parse(segment.project_id, segment.condition).condition
    return compiled(segment.project_id, condition, within=stretch.holds)


def _unannounced(segment: Segment, stretch: Range) -> list[UUID]:
    """Members from the start, of whom nobody was told."""
    rows = select(Membership.contact_id).where(
        Membership.project_id == segment.project_id,
        Membership.segment_id == segment.id,
        Membership.is_announced.is_(False),
        *stretch.holds(Membership.contact_id),
    )
    return list(db.session.scalars(rows.order_by(Membership.contact_id)))


def _arm(segment: Segment, stretch: Range) -> None:
    """Timers for all contacts of the range whose membership time alone may change."""
    condition = parse(segment.project_id, segment.condition).condition
    due_at = flips(segment.project_id, condition, within=stretch.holds)
    if due_at is None:
        return
    mine = select(Contact.id, due_at.label("due_at")).where(
        Contact.project_id == segment.project_id, *stretch.holds(Contact.id)
    )
    if (timeless := timeless_part(condition)) is not None:
        mine = mine.where(compiled(segment.project_id, timeless, within=stretch.holds))
    due = mine.subquery()
    rows = select(literal(segment.project_id), due.c.id, literal(segment.id), due.c.due_at)
    statement = insert(MembershipTimer).from_select(
        ["project_id", "contact_id", "segment_id", "due_at"], rows.where(due.c.due_at.is_not(None))
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["project_id", "contact_id", "segment_id"],
            set_={"due_at": statement.excluded.due_at},
            where=statement.excluded.due_at < MembershipTimer.due_at,
        )
    )
