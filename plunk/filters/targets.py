"""What an operator's SQL face gets: the field in SQL, by kind, over tables that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    select,
    true,
)

from plunk.filters.values import whole_day

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter

Moment = datetime | ColumnElement[datetime]


@dataclass(frozen=True)
class Tables:
    """Where rules look.

    `contacts` has `id`, `email`, `subscribed`, `data` (jsonb), `created_at`, `updated_at`; `events` has
    `project_id`, `contact_id`, `name`, `data`, `created_at`; `activity` has `project_id`, `contact_id`,
    `name`, `first_at`, `last_at`, `count`. `members(segment_id)` is true for the contacts that are in
    that segment.
    """

    contacts: FromClause
    events: FromClause
    activity: FromClause
    members: Callable[[UUID], ColumnElement[bool]]


def complement(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """NOT, the only one: true wherever the expression is not, null included."""
    return expression.is_not(true())


class Target:
    """A field in SQL. Each kind of field offers what its operators need; every expression is total."""

    def __init__(self, kind: str, now: ColumnElement[datetime]) -> None:
        self.kind, self.now = kind, now

    def is_one_of(self, texts: Collection[str], days: Collection[date] = ()) -> ColumnElement[bool]:
        """Equal to one of the texts by text form, or a date or date-time of one of the UTC days."""
        raise NotImplementedError

    def text(self) -> ColumnElement[str]:
        """The text, null for whatever is not text."""
        raise NotImplementedError

    def lowered(self) -> ColumnElement[str]:
        """The text in lower case, one code point to one."""
        raise NotImplementedError

    def number(self) -> ColumnElement[Any]:
        """The number, null for whatever is not a number."""
        raise NotImplementedError

    def instant(self) -> ColumnElement[datetime]:
        """The moment that a date or date-time stands for, null for whatever is not one."""
        raise NotImplementedError

    def falls(
        self,
        *,
        after: Moment | None = None,
        since: Moment | None = None,
        before: Moment | None = None,
        until: Moment | None = None,
    ) -> ColumnElement[bool]:
        """Is a date or date-time within the bounds given; `since` and `until` belong to them."""
        raise NotImplementedError


class EmailTarget(Target):
    """Stored addresses are in lower case, so nothing is done to the column and its indexes serve."""

    def __init__(self, kind: str, now: ColumnElement[datetime], column: ColumnElement[str]) -> None:
        super().__init__(kind, now)
        self.column = column

    def is_one_of(self, texts: Collection[str], days: Collection[date] = ()) -> ColumnElement[bool]:
        return equals_any(self.column, sorted(texts))

    def text(self) -> ColumnElement[str]:
        return self.column

    def lowered(self) -> ColumnElement[str]:
        return self.column


class BooleanTarget(Target):
    """A boolean column."""

    def __init__(self, kind: str, now: ColumnElement[datetime], column: ColumnElement[bool]) -> None:
        super().__init__(kind, now)
        self.column = column

    def is_one_of(self, texts: Collection[str], days: Collection[date] = ()) -> ColumnElement[bool]:
        return self.column.in_([text == "true" for text in sorted(texts)])


class DateTarget(Target):
    """A column with a time."""

    def __init__(self, kind: str, now: ColumnElement[datetime], column: ColumnElement[datetime]) -> None:
        super().__init__(kind, now)
        self.column = column

    def is_one_of(self, texts: Collection[str], days: Collection[date] = ()) -> ColumnElement[bool]:
        within = self.falls(since=whole_day(min(days)).first, until=whole_day(max(days)).last)
        return within if len(days) == 1 else and_(within, is_of_days(self.column, days))

    def instant(self) -> ColumnElement[datetime]:
        return self.column

    def falls(
        self,
        *,
        after: Moment | None = None,
        since: Moment | None = None,
        before: Moment | None = None,
        until: Moment | None = None,
    ) -> ColumnElement[bool]:
        return and_(
            true(),
            *([] if after is None else [self.column > after]),
            *([] if since is None else [self.column >= since]),
            *([] if before is None else [self.column < before]),
            *([] if until is None else [self.column <= until]),
        )


class EventTarget(Target):
    """The events of one name, custom ones and e-mail activity alike.

    Every expression is an uncorrelated `IN`: the database makes the set of contacts once.
    """

    def __init__(
        self,
        kind: str,
        now: ColumnElement[datetime],
        *,
        name: str,
        tables: Tables,
        project_id: UUID,
        row_matches: Callable[[Filter], ColumnElement[bool]],
    ) -> None:
        super().__init__(kind, now)
        self.name, self.project_id = name, project_id
        self.contact_id = tables.contacts.c.id
        self.activity, self.events = tables.activity, tables.events
        self._row_matches = row_matches

    def happened(self, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
        """There is an activity row of that name for which all that is wanted is true."""
        return self.contact_id.in_(
            select(self.activity.c.contact_id).where(*self._of(self.activity), *wanted)
        )

    def happened_in_rows(
        self, at_least: int, *, within: timedelta | None, where: Sequence[Filter]
    ) -> ColumnElement[bool]:
        """At least so many (≥ 1) events in the last `within`, with such data.

        Rows are read only of contacts whose activity could reach that number.
        """
        rows = self.events.c
        wanted = [self._row_matches(each) for each in where]
        active = [self.activity.c.count >= at_least]
        if within is not None:
            wanted.insert(0, rows.created_at > self.now - within)
            active.append(self.activity.c.last_at > self.now - within)
        candidates = select(self.activity.c.contact_id).where(*self._of(self.activity), *active)
        counted = (
            select(rows.contact_id)
            .where(*self._of(self.events), *wanted, rows.contact_id.in_(candidates))
            .group_by(rows.contact_id)
            .having(func.count() >= at_least)
        )
        return self.contact_id.in_(counted)

    def _of(self, table: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return table.c.project_id == self.project_id, table.c.name == self.name


class SegmentTarget(Target):
    """Membership of one segment."""

    def __init__(self, kind: str, now: ColumnElement[datetime], is_member: ColumnElement[bool]) -> None:
        super().__init__(kind, now)
        self.is_member = is_member


def equals_any(expression: ColumnElement[str], texts: Sequence[str]) -> ColumnElement[bool]:
    """`IN` with one parameter, however many values (a statement carries at most 65,535)."""
    return expression == (texts[0] if len(texts) == 1 else any_(literal(list(texts), ARRAY(Text))))


def is_of_days(moment: ColumnElement[datetime], days: Collection[date]) -> ColumnElement[bool]:
    """Is of one of the UTC days."""
    return cast(func.timezone("UTC", moment), Date) == any_(literal(sorted(days), ARRAY(Date)))
