"""How many contacts a project has, at any size in milliseconds.

Large projects are counted by a worker every ten minutes; what changed since then is counted when somebody asks. Only
deletions wait for the next count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import aliased

from plunk import clock
from plunk.accounts.models import Project
from plunk.contacts.fields import is_small
from plunk.contacts.models import Contact, ContactDailyCount
from plunk.db.base import db
from plunk.db.pipeline import Statement, run
from plunk.events.models import Event

COUNTED_EVERY = timedelta(minutes=10)
_FLIPS = ("contact.subscribed", "contact.unsubscribed")


@dataclass(frozen=True)
class Counts:
    """Contacts of a project, those who are subscribed, and those created on the day (UTC) of `at`, the moment of all
    of this. `counted_at` is when all of them were last gone through."""

    total: int
    subscribed: int
    created_today: int
    at: datetime
    counted_at: datetime

    @property
    def today(self) -> date:
        return self.at.astimezone(UTC).date()


def counts(project_id: UUID) -> Counts:
    """The counts of now."""
    now = db.session.scalar(select(clock.sql_now())) or clock.now()
    noted = None if is_small(project_id) else _latest(project_id)
    if noted is None:
        return _counted(project_id, now)
    created, subscribed = _created_since(project_id, noted.counted_at)
    today = now.astimezone(UTC).date()
    is_of_today = noted.day == today
    return Counts(
        total=noted.total + created,
        subscribed=noted.subscribed + subscribed + _flips_since(project_id, noted.counted_at),
        created_today=noted.created + created
        if is_of_today
        else _created_since(project_id, start_of(today))[0],
        at=now,
        counted_at=noted.counted_at,
    )


def note(project_id: UUID) -> None:
    """Counts all contacts and writes today's row; what earlier rows did not see of their days is added."""
    values = {"project_id": project_id, "moved": clock.moved_by}
    run([Statement(_NOTE, values), Statement(_COMPLETE, values)])


def projects_to_count() -> list[UUID]:
    """The projects that were not counted in the last minutes."""
    recent = clock.sql_now() - COUNTED_EVERY * 0.9
    is_fresh = exists().where(
        ContactDailyCount.project_id == Project.id,
        ContactDailyCount.day >= func.date(clock.sql_now()),
        ContactDailyCount.counted_at > recent,
    )
    return list(db.session.scalars(select(Project.id).where(~is_fresh).order_by(Project.id)))


def start_of(day: date) -> datetime:
    """Its first moment, UTC."""
    return datetime.combine(day, time.min, UTC)


def _latest(project_id: UUID) -> ContactDailyCount | None:
    mine = select(ContactDailyCount).where(ContactDailyCount.project_id == project_id)
    return db.session.scalars(mine.order_by(ContactDailyCount.day.desc()).limit(1)).first()


def _counted(project_id: UUID, now: datetime) -> Counts:
    start = start_of(now.astimezone(UTC).date())
    total, subscribed, created = db.session.execute(
        select(
            func.count(),
            func.count().filter(Contact.subscribed),
            func.count().filter(Contact.created_at >= start),
        ).where(Contact.project_id == project_id)
    ).one()
    return Counts(total, subscribed, created, at=now, counted_at=now)


def _created_since(project_id: UUID, moment: datetime) -> tuple[int, int]:
    """How many contacts, and how many of them are subscribed."""
    total, subscribed = db.session.execute(
        select(func.count(), func.count().filter(Contact.subscribed)).where(
            Contact.project_id == project_id, Contact.created_at >= moment
        )
    ).one()
    return total, subscribed


def _flips_since(project_id: UUID, moment: datetime) -> int:
    """What flips of older contacts add to the subscribed ones."""
    flip, contact = aliased(Event), aliased(Contact)
    step = case((flip.name == _FLIPS[0], 1), else_=-1)
    found = (
        select(func.coalesce(func.sum(step), 0))
        .join(contact, (contact.project_id == flip.project_id) & (contact.id == flip.contact_id))
        .where(
            flip.project_id == project_id,
            flip.name.in_(_FLIPS),
            flip.created_at >= moment,
            contact.created_at < moment,
        )
    )
    return int(db.session.scalar(found) or 0)


_NOTE = b"""
    INSERT INTO contact_daily_counts AS d (project_id, day, total, subscribed, created, counted_at)
    SELECT %(project_id)s, today.day, count(c), count(*) FILTER (WHERE c.subscribed),
        count(*) FILTER (WHERE c.created_at >= today.day), today.at
    FROM (
        SELECT statement_timestamp() + %(moved)s AS at, (statement_timestamp() + %(moved)s)::date AS day
    ) AS today LEFT JOIN contacts AS c ON c.project_id = %(project_id)s
    GROUP BY today.day, today.at
    ON CONFLICT (project_id, day) DO UPDATE SET
        total = excluded.total, subscribed = excluded.subscribed, created = excluded.created,
        counted_at = excluded.counted_at
"""
_COMPLETE = b"""
    UPDATE contact_daily_counts AS d SET counted_at = statement_timestamp() + %(moved)s, created = (
        SELECT count(*) FROM contacts AS c
        WHERE c.project_id = d.project_id AND c.created_at >= d.day AND c.created_at < d.day + 1
    )
    WHERE d.project_id = %(project_id)s AND d.day < (statement_timestamp() + %(moved)s)::date
        AND d.counted_at < d.day + 1
"""
