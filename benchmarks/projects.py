"""Projects that a benchmark makes for itself and takes away again, and tracked segments in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text

from plunk.accounts.models import Project
from plunk.accounts.service import create_project, rules_edited
from plunk.contacts.data import DataWrite
from plunk.contacts.upsert import ContactWrite, Origin, upsert_many
from plunk.db.base import Base, db
from plunk.db.locks import lock_alone
from plunk.db.pipeline import Statement, run
from plunk.db.session import transaction
from plunk.segments import computing, rules, service
from plunk.segments.models import Membership, MembershipChange, MembershipTimer, Segment, SegmentCountDelta
from plunk.segments.refresh import step

ORIGIN = Origin("benchmarks", "secret")
BATCH = 1_000
LOGINS_EACH = 10


@contextmanager
def own_project(name: str, people: Mapping[str, Mapping[str, Any]]) -> Iterator[UUID]:
    """A project with these people: data by address. Each has logged in ten times, six days apart."""
    with transaction():
        project_id = create_project(name).id
    try:
        addresses = list(people)
        for first in range(0, len(addresses), BATCH):
            some = addresses[first : first + BATCH]
            with transaction():
                upsert_many(
                    project_id, [ContactWrite(each, DataWrite(dict(people[each]))) for each in some], ORIGIN
                )
        values = {"project_id": project_id, "logins": LOGINS_EACH}
        with transaction():
            run([Statement(_LOGINS, values), Statement(_LOGIN_SUMS, values)])
        yield project_id
    finally:
        db.session.rollback()
        _remove(project_id)


def track(project_id: UUID, segment_ids: Sequence[UUID]) -> None:
    """Switches tracking on for segments, all at once, and finds their members."""
    with transaction():
        lock_alone("rules", project_id)
        for segment_id in segment_ids:
            begin(project_id, segment_id)
    refresh(project_id)


def create(project_id: UUID, name: str, condition: Any) -> UUID:
    """A segment that is not tracked yet."""
    with transaction():
        rule = rules.parse(project_id, condition)
        return service.create(project_id, name=name, kind="DYNAMIC", rule=rule, origin=ORIGIN).id


def begin(project_id: UUID, segment_id: UUID) -> None:
    """Switches tracking on, under the project's lock, without finding the members."""
    segment = service.get(project_id, segment_id)
    segment.track_membership = True
    computing.begin(segment, is_silent=True)


def refresh(project_id: UUID) -> None:
    """What the job does, without its pauses."""
    while True:
        with transaction():
            lock_alone("rules", project_id)
            if step(project_id) is None:
                return


def forget_segments(project_id: UUID) -> None:
    """Takes away all segments of a project and what the engine wrote about them, but not their events."""
    with transaction():
        lock_alone("rules", project_id)
        for table in (Membership, MembershipChange, MembershipTimer, SegmentCountDelta, Segment):
            db.session.execute(delete(table).where(table.project_id == project_id))
        rules_edited(project_id)
    db.session.expunge_all()


def remove_leftovers(*kept: UUID) -> None:
    """What a run that was killed left behind: projects beside the seeded ones, and segments in those."""
    for project_id in db.session.scalars(select(Project.id).where(Project.id.not_in(kept))).all():
        _remove(project_id)
    for project_id in kept:
        forget_segments(project_id)


def changes_told(project_id: UUID) -> int:
    """Entries and exits so far."""
    found = select(func.count()).where(MembershipChange.project_id == project_id)
    count = db.session.execute(found).scalar_one()
    db.session.rollback()
    return count


def _remove(project_id: UUID) -> None:
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))  # a million contacts take their time
        for table in reversed(Base.metadata.sorted_tables):
            if "project_id" in table.c:
                db.session.execute(delete(table).where(table.c.project_id == project_id))
        db.session.execute(delete(Project).where(Project.id == project_id))
    db.session.expunge_all()


_LOGINS = b"""
    INSERT INTO events (project_id, id, contact_id, name, data, created_at)
    SELECT c.project_id, gen_random_uuid(), c.id, 'login', '{}',
        date_trunc('milliseconds', now() - n * interval '6 days')
    FROM contacts AS c, generate_series(1, %(logins)s) AS n WHERE c.project_id = %(project_id)s
"""
_LOGIN_SUMS = b"""
    INSERT INTO activity (project_id, contact_id, name, first_at, last_at, count)
    SELECT project_id, contact_id, name, min(created_at), max(created_at), count(*) FROM events
    WHERE project_id = %(project_id)s GROUP BY project_id, contact_id, name
"""
