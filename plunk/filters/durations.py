"""Stretches of time in rules: a whole number and a unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields

from plunk.filters.given import Given

UNITS: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(days=7),
    "months": timedelta(days=30),
}

LONGEST = timedelta(days=36_500)


class Whole(fields.Field[int]):
    """A whole JSON number within bounds; neither `5.0` nor `true` nor `"5"` is one."""

    value_type = "integer"

    def __init__(self, *, at_least: int, at_most: int) -> None:
        super().__init__()
        self.at_least, self.at_most = at_least, at_most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or not self.at_least <= value <= self.at_most
        ):
            raise ValidationError(f"Must be a whole number from {self.at_least} to {self.at_most}")
        return value


class Duration(Whole):
    """The number of a duration; its unit stands in the member `unit`."""

    value_type = "duration"

    def __init__(self) -> None:
        super().__init__(at_least=1, at_most=LONGEST // UNITS["minutes"])


def read_duration(given: Given, member: str) -> timedelta | None:
    """The duration whose number is in `member`; `None` after noting what is wrong with number and unit."""
    count = given.read(member, Duration())
    unit = given.get("unit")
    if unit is None:
        given.refuse("unit", f"unit is missing; use one of {', '.join(UNITS)}", "required")
    elif not isinstance(unit, str) or unit not in UNITS:
        given.refuse("unit", f"There is no such unit; use one of {', '.join(UNITS)}", "unknown_unit")
    elif count is not None and count > LONGEST // UNITS[unit]:
        given.refuse(member, f"Must not be longer than {LONGEST.days:,} days")
    elif count is not None:
        return int(count) * UNITS[unit]
    return None
