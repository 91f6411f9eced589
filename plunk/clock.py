"""The time. One place, so that tests can move it.

The database's clock decides what is written and what a rule calls now (`sql_now`); this process's clock is for
answers and logs. `moved_by` is nought in production.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, func, literal
from sqlalchemy.types import Interval

moved_by = timedelta(0)


def now() -> datetime:
    """This process's idea of now, UTC."""
    return datetime.now(UTC) + moved_by


def sql_now() -> ColumnElement[datetime]:
    """The moment the database begins the statement this stands in, moved as the tests moved it."""
    started = func.statement_timestamp(type_=DateTime(timezone=True))
    return started + literal(moved_by, Interval) if moved_by else started


def iso(moment: datetime) -> str:
    """`2026-11-22T10:30:00.000Z`: how every time leaves this system."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Inside, it is that much later. For tests."""
    global moved_by
    before, moved_by = moved_by, moved_by + by
    try:
        yield
    finally:
        moved_by = before
