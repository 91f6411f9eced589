"""The events of one name, in SQL: whether and how often they happened, and when that will change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, exists, func, select

from plunk.filters.targets import Tables, Target, earliest, next_edge

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter

SHORT = timedelta(days=45)
"""Windows up to this are answered by the events themselves."""


class EventTarget(Target):
    """The events of one name, custom ones and e-mail activity alike.

    Every condition is an `EXISTS`, and its complement a plain `NOT EXISTS`: the database may make the set of
    contacts once (for a count) or look up one contact after the other (for a first page). `NOT IN` and `IS NOT TRUE`
    would leave it only the first. Moments of change are asked for contacts one by one.
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
        row_flips_at: Callable[[Filter], ColumnElement[datetime]],
    ) -> None:
        super().__init__(kind, now)
        self.name, self.project_id = name, project_id
        self.contact_id = tables.contacts.c.id
        self.activity, self.events = tables.activity, tables.events
        self._row_matches, self._row_flips_at = row_matches, row_flips_at

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
        wanted = self._wanted(within, where)
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

    def next_edge(self, steps: Sequence[timedelta]) -> ColumnElement[datetime]:
        """As for dates, from the last event."""
        edge = next_edge(self.activity.c.last_at, steps, self.now)
        return select(edge).where(*self._mine(self.activity)).scalar_subquery()

    def leaves(self, window: timedelta, *, place: int, where: Sequence[Filter]) -> ColumnElement[datetime]:
        """When the event at that place (the newest is at 1) of those in the last `window`, with such data, will leave
        the window; null if there are fewer."""
        happened = self.events.c.created_at
        return (
            select(next_edge(happened, (window,), self.now))
            .where(*self._mine(self.events), *self._wanted(window, where))
            .order_by(happened.desc())
            .offset(place - 1)
            .limit(1)
            .scalar_subquery()
        )

    def rows_flip_at(
        self, window: timedelta | None, *, lasting: Sequence[Filter], passing: Sequence[Filter]
    ) -> ColumnElement[datetime]:
        """The earliest moment at which one of the events in the last `window` that pass `lasting` will leave the
        window or be judged differently by one of `passing`; null if there is none."""
        edges = [self._row_flips_at(each) for each in passing]
        if window is not None:
            edges.append(next_edge(self.events.c.created_at, (window,), self.now))
        wanted = [*self._mine(self.events), *self._wanted(window, lasting)]
        return select(func.min(earliest(edges))).where(*wanted).scalar_subquery()

    def _wanted(self, within: timedelta | None, where: Sequence[Filter]) -> list[ColumnElement[bool]]:
        recent = [] if within is None else [self.events.c.created_at > self.now - within]
        return [*recent, *(self._row_matches(each) for each in where)]

    def _often(self, at_least: int, within: timedelta | None) -> Select[UUID]:
        """The contacts whose activity could reach that number: rows of no others need to be counted."""
        columns = self.activity.c
        recent = [] if within is None else [columns.last_at > self.now - within]
        return select(columns.contact_id).where(*self._of(self.activity), columns.count >= at_least, *recent)

    def _exists(self, table: FromClause, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(*self._mine(table), *wanted)

    def _mine(self, table: FromClause) -> tuple[ColumnElement[bool], ...]:
        """What makes a row of the table one of that name and of the contact."""
        return *self._of(table), table.c.contact_id == self.contact_id

    def _of(self, table: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return table.c.project_id == self.project_id, table.c.name == self.name
