"""What comparing stored values means, in Python. `plunk.filters.json_target` says the same in SQL."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

ISO_PATTERN = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    "(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
    "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?"
)
"""An ISO 8601 date or date-time, for both faces: written so that Python and PostgreSQL read it alike."""

CANONICAL_NUMBER = re.compile(r"(?!-0$)-?(0|[1-9][0-9]*)([.][0-9]*[1-9])?", re.ASCII)
"""Texts that are the text form of a number: plain decimal, no trailing zeros."""

_ISO = re.compile(ISO_PATTERN)


@dataclass(frozen=True)
class Span:
    """What a date operand stands for: a whole UTC day, or one instant (`first == last`).

    Both ends belong to it. Both faces count time in microseconds, so a day has a last instant; naming it,
    rather than the next midnight, keeps the last day of the year 9999 ordinary.
    """

    first: datetime
    last: datetime


def text_form(value: Any) -> str | None:
    """A scalar as text, numbers in plain decimal without trailing zeros (`10` for 10.0), else `None`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _plain(Decimal(repr(value)))
    return None


def is_one_of(value: Any, texts: Collection[str], days: Collection[date] = ()) -> bool:
    """Whether a value equals one of the texts by text form, or is a date or date-time of one of the days."""
    if text_form(value) in texts:
        return True
    if not days:
        return False
    moment = instant(value)
    return moment is not None and moment.date() in days


def number(value: Any) -> int | Decimal | None:
    """A JSON number as what compares exactly (a float is the decimal that JSON shows), else `None`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return Decimal(repr(value)) if isinstance(value, float) else None


def instant(value: Any) -> datetime | None:
    """The moment, UTC, that an ISO date or date-time stands for; `None` for anything else.

    Without a zone it is UTC; digits of a second past the sixth are cut; moments outside the years 1 to
    9999 are none.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def span(text: str) -> Span | None:
    """What a date operand stands for; `None` if the text is no date."""
    moment = instant(text)
    if moment is None:
        return None
    return Span(moment, moment) if "T" in text else whole_day(moment.date())


def whole_day(day: date) -> Span:
    """All of a UTC day."""
    return Span(datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC))


def falls(
    moment: datetime | None,
    *,
    after: datetime | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    until: datetime | None = None,
) -> bool:
    """Whether a moment lies within the bounds; `since` and `until` belong to them. `None` never does."""
    return (
        moment is not None
        and (after is None or moment > after)
        and (since is None or moment >= since)
        and (before is None or moment < before)
        and (until is None or moment <= until)
    )


def next_edge(moment: datetime | None, steps: tuple[timedelta, ...], now: datetime) -> datetime | None:
    """The earliest moment after `now` that lies one of the steps (ascending) from `moment`.

    `None` if there is none, or none before the year 10000. `plunk.filters.targets` says the same in SQL.
    """
    if moment is None:
        return None
    passed = now - moment
    for step in steps:
        if step > passed:
            return later(moment, step)
    return None


def later(moment: datetime, step: timedelta) -> datetime | None:
    """So much later; `None` past the year 9999."""
    try:
        return moment + step
    except OverflowError:
        return None


def simple_lower(text: str) -> str:
    """Lower case, one code point to one, as PostgreSQL's `pg_c_utf8` has it."""
    if text.isascii():
        return text.lower()
    return "".join([_NEWER_LETTERS.get(letter) or letter.lower()[0] for letter in text])


# Letters that PostgreSQL 18 knows (Unicode 16) and older Pythons do not.
_NEWER_LETTERS = {
    "\u1c89": "\u1c8a",
    "\ua7cb": "\u0264",
    "\ua7cc": "\ua7cd",
    "\ua7da": "\ua7db",
    "\ua7dc": "\u019b",
    **{chr(0x10D50 + i): chr(0x10D70 + i) for i in range(22)},
}


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
