"""What an operator's SQL face gets: the field in SQL, by kind, over tables that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Exists,
    FromClause,
    Select,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    not_,
    select,
    true,
)

from plunk.filters.values import whole_day

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter

SHORT = timedelta(days=45)
"""Windows up to this are answered by the events themselves."""

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
    """NOT, the only one: true wherever the expression is not, null included (which EXISTS never is)."""
    return not_(expression) if isinstance(expression, Exists) else expression.is_not(true())


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

    def is_like(self, pattern: str) -> ColumnElement[bool]:
        """Is text that matches a LIKE pattern in lower case, case mapped one code point to one."""
        raise NotImplementedError

    def is_number(self, compare: Callable[[Any, Any], Any], operand: int | Decimal) -> ColumnElement[bool]:
        """Is a number of which `compare(number, operand)` is true; `compare` as in the module `operator`."""
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

    def is_like(self, pattern: str) -> ColumnElement[bool]:
        return self.column.like(pattern)


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

    Every expression is an `EXISTS`, and its complement a plain `NOT EXISTS`: the database may make the set of
    contacts once (for a count) or look up one contact after the other (for a first page). `NOT IN` and `IS NOT TRUE`
    would leave it only the first.
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
        return self._exists(self.activity, *wanted)

    def happened_within(self, window: timedelta) -> ColumnElement[bool]:
        """There is an event in the last `window`.

        Both tables know. The index of events goes straight to the window, but is long when the window is; activity
        has one row for each contact that ever did it.
        """
        since = self.now - window
        if window <= SHORT:
            return self._exists(self.events, self.events.c.created_at > since)
        return self._exists(self.activity, self.activity.c.last_at > since)

    def happened_in_rows(
        self, at_least: int, *, within: timedelta | None, where: Sequence[Filter]
    ) -> ColumnElement[bool]:
        """At least so many (≥ 1) events in the last `within`, with such data."""
        rows = self.events.c
        wanted = [self._row_matches(each) for each in where]
        if within is not None:
            wanted.insert(0, rows.created_at > self.now - within)
        if at_least == 1:
            return self._exists(self.events, *wanted)
        if within is None or within > SHORT:
            wanted.append(rows.contact_id.in_(self._often(at_least, within)))
        often = (
            select(rows.contact_id)
            .where(*self._of(self.events), *wanted)
            .group_by(rows.contact_id)
            .having(func.count() >= at_least)
            .subquery()
        )
        return exists().where(often.c.contact_id == self.contact_id)

    def _often(self, at_least: int, within: timedelta | None) -> Select[UUID]:
        """The contacts whose activity could reach that number: rows of no others need to be counted."""
        columns = self.activity.c
        recent = [] if within is None else [columns.last_at > self.now - within]
        return select(columns.contact_id).where(*self._of(self.activity), columns.count >= at_least, *recent)

    def _exists(self, table: FromClause, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
        mine = table.c.contact_id == self.contact_id
        return exists().where(*self._of(table), mine, *wanted)

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
