"""Numbers and times as people of a language write them: filters for templates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_compact_decimal
from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    format_time,
    format_timedelta,
    get_locale,
)
from flask_babel import gettext as _

from plunk import clock
from plunk.db.base import to_json
from plunk.filters.values import instant, text_form


def init_app(app: Flask) -> None:
    """Makes the filters known."""
    app.jinja_env.filters.update(
        number=number,
        compact=compact,
        share=share,
        moment=moment,
        day=day,
        day_of_year=day_of_year,
        ago=ago,
        iso=clock.iso,
        shown=shown,
        is_date=is_date,
    )


def number(value: float | None) -> str:
    """`1,234,567`; a dash for nothing."""
    return "–" if value is None else format_decimal(value)


def compact(value: float | None) -> str:
    """`1.2M`, where room is short."""
    return "–" if value is None else format_compact_decimal(value, locale=get_locale(), fraction_digits=1)


def share(part: float, whole: float) -> str:
    """`12.5 %` of the whole; a dash when there is no whole. What is not nothing is not said to be 0 %, nor what is not
    all 100 %."""
    if not whole:
        return "–"
    shown = round(part / whole, 3)
    if shown == 0 < part:
        return f"< {_percent(0.001)}"
    return f"> {_percent(0.999)}" if shown == 1 and part < whole else _percent(shown)


def _percent(ratio: float) -> str:
    return str(format_percent(ratio, "#,##0.#%"))


def moment(value: datetime | None) -> str:
    """`27 Nov 2026, 11:43 UTC`."""
    return "–" if value is None else f"{format_datetime(value.astimezone(UTC), 'medium')} UTC"


def day(value: date | None) -> str:
    """`27 Nov 2026`, of a day or of a moment (its UTC day)."""
    of = value.astimezone(UTC) if isinstance(value, datetime) else value
    return "–" if of is None else format_date(of, "medium")


def day_of_year(value: date) -> str:
    """`27 Nov`, where the year is plain."""
    return str(format_skeleton("MMMd", value, locale=get_locale()))


def ago(value: datetime | None) -> str:
    """`3 hours ago`, `in 2 days`."""
    return "–" if value is None else format_timedelta(value - clock.now(), add_direction=True)


def shown(value: Any) -> str:
    """A value of custom data in a line, for people: dates as `19 Feb 2026` or `22 Sept 2025, 10:03` (UTC), truths as
    `yes` and `no`, lists with commas, objects as JSON. Numbers are written as they were sent: they may be years."""
    if isinstance(value, list) and value and not any(isinstance(each, list | dict) for each in value):
        return ", ".join(map(shown, value))
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if at := _moment(value):
        return f"{day(at)}, {format_time(at, 'short', rebase=False)}" if "T" in value else day(at)
    text = text_form(value)
    return to_json(value) if text is None else text


def is_date(value: Any) -> bool:
    """Whether a value of custom data is a date or a date-time, which `shown` writes otherwise than it is kept."""
    return _moment(value) is not None


def _moment(value: Any) -> datetime | None:
    return instant(value) if isinstance(value, str) else None
