"""What an operator's SQL face gets: the field in SQL, by kind, over tables that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Exists,
    FromClause,
    Text,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    not_,
    true,
)

from plunk.filters.values import whole_day

YEAR_1 = literal(datetime(1, 1, 1, tzinfo=UTC), DateTime(timezone=True))
YEAR_10000 = cast(literal("10000-01-01T00:00:00Z", Text), DateTime(timezone=True))
"""Before YEAR_1 and from YEAR_10000 on there is no moment: Python has none."""

Moment = datetime | ColumnElement[datetime]


def _never(segment_id: UUID) -> None:
    return None


@dataclass(frozen=True)
class Tables:
    """Where rules look.

    `contacts` has `id`, `email`, `subscribed`, `data` (jsonb), `created_at`, `updated_at`; `events` has
    `project_id`, `contact_id`, `name`, `data`, `created_at`; `activity` has `project_id`, `contact_id`,
    `name`, `first_at`, `last_at`, `count`. `members(segment_id)` is true for the contacts that are in
    that segment, and `member_flips(segment_id)` the earliest moment after now at which time alone may change that:
    null if never, `None` if for nobody. Needed for segments that `members` answers by their rule.
    """

    contacts: FromClause
    events: FromClause
    activity: FromClause
    members: Callable[[UUID], ColumnElement[bool]]
    member_flips: Callable[[UUID], ColumnElement[datetime] | None] = _never


def earliest(moments: Sequence[ColumnElement[datetime]]) -> ColumnElement[datetime]:
    """The least of at least one moment; null if all are."""
    return moments[0] if len(moments) == 1 else func.least(*moments, type_=DateTime(timezone=True))


def next_edge(
    moment: ColumnElement[datetime], steps: Sequence[timedelta], now: ColumnElement[datetime]
) -> ColumnElement[datetime]:
    """The twin of `values.next_edge`. Years up to 9999 plus any duration are within PostgreSQL's range."""
    edges = [moment + step if step else moment for step in steps]
    return earliest([case((and_(edge > now, edge < YEAR_10000), edge)) for edge in edges])


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

    def next_edge(self, steps: Sequence[timedelta]) -> ColumnElement[datetime]:
        """The earliest moment after now that lies one of the steps from the date or date-time, null if there is none
        (or none before the year 10000)."""
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

    def next_edge(self, steps: Sequence[timedelta]) -> ColumnElement[datetime]:
        return next_edge(self.column, steps, self.now)


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
