"""How many contacts came on each of the last days, and how many there were."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Date, cast, func, select

from plunk.contacts.counting import Counts, counts, start_of
from plunk.contacts.models import Contact, ContactDailyCount
from plunk.db.base import db

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """A day (UTC). `subscribed` is None for days before anybody counted."""

    date: date
    created: int
    total: int
    subscribed: int | None


def growth(project_id: UUID, *, days: int) -> list[Day]:
    """The last so many days, oldest first, today last as it is now."""
    now = counts(project_id)
    first = now.today - (days - 1) * DAY
    noted = _noted(project_id, since=first, before=now.today)
    known = {each.day: each for each in noted if each.day >= first}
    wanted = [first + number * DAY for number in range(days - 1)]
    created = _created(project_id, [day for day in wanted if day not in known])
    created |= {day: each.created for day, each in known.items()}
    return _filled(wanted, known, created, now, earlier=noted[0] if noted else None)


def _filled(
    wanted: list[date],
    known: dict[date, ContactDailyCount],
    created: dict[date, int],
    now: Counts,
    *,
    earlier: ContactDailyCount | None,
) -> list[Day]:
    """Backwards from today: of a day that nobody counted there were as many as on the next, without those who came
    then."""
    filled = [Day(now.today, now.created_today, now.total, now.subscribed)]
    for day in reversed(wanted):
        next_day, row = filled[-1], known.get(day)
        total = max(next_day.total - next_day.created, 0) if row is None else row.total
        filled.append(Day(day, created.get(day, 0), total, row.subscribed if row else None))
    filled.reverse()
    last = earlier.subscribed if earlier and wanted and earlier.day < wanted[0] else None
    complete = []
    for each in filled:
        last = last if each.subscribed is None else each.subscribed
        complete.append(Day(each.date, each.created, each.total, last))
    return complete


def _noted(project_id: UUID, *, since: date, before: date) -> list[ContactDailyCount]:
    """The rows of these days, and the last one before them."""
    mine = select(ContactDailyCount).where(ContactDailyCount.project_id == project_id)
    earlier = mine.where(ContactDailyCount.day < since).order_by(ContactDailyCount.day.desc()).limit(1)
    within = mine.where(ContactDailyCount.day >= since, ContactDailyCount.day < before)
    return [*db.session.scalars(earlier), *db.session.scalars(within.order_by(ContactDailyCount.day))]


def _created(project_id: UUID, days: Collection[date]) -> dict[date, int]:
    """How many contacts came on these days: read from the index on their times."""
    if not days:
        return {}
    day = cast(Contact.created_at, Date)
    rows = db.session.execute(
        select(day, func.count())
        .where(
            Contact.project_id == project_id,
            Contact.created_at >= start_of(min(days)),
            Contact.created_at < start_of(max(days) + DAY),
        )
        .group_by(day)
    )
    return {found: number for found, number in rows if found in days}
