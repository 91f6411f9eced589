"""Parts of texts, whatever their case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from plunk.filters.fields import Kind
from plunk.filters.operands import Fragment
from plunk.filters.operator import Negation, Operator
from plunk.filters.said import said
from plunk.filters.targets import Target
from plunk.filters.values import simple_lower


class Part(Operator):
    """A text that has the operand in some place: as a LIKE pattern, and as a method of Python's texts."""

    kinds = (Kind.EMAIL, Kind.DATA)
    data_types = ("string",)
    operand = Fragment()

    def __init__(
        self,
        key: str,
        label: str,
        *,
        phrase: str,
        pattern: str,
        found: Callable[[str, str], bool],
        example: str,
    ) -> None:
        self.key, self.label, self.phrase, self.pattern, self.found = key, label, phrase, pattern, found
        self.example = {"field": "data.company", "operator": key, "value": example}

    def sql(self, target: Target, value: str) -> ColumnElement[bool]:
        return target.is_like(self.pattern.replace("…", _escaped(value)))

    def matches(self, actual: Any, value: str, now: datetime) -> bool:
        return isinstance(actual, str) and self.found(simple_lower(actual), value)


contains = Part(
    "contains",
    said("contains"),
    phrase=said("whose {field} contains {value}"),
    pattern="%…%",
    found=str.__contains__,
    example="GmbH",
)
starts_with = Part(
    "startsWith",
    said("starts with"),
    phrase=said("whose {field} starts with {value}"),
    pattern="…%",
    found=str.startswith,
    example="The ",
)
ends_with = Part(
    "endsWith",
    said("ends with"),
    phrase=said("whose {field} ends with {value}"),
    pattern="%…",
    found=str.endswith,
    example="Inc.",
)

OPERATORS = (
    contains,
    Negation(
        "notContains",
        said("does not contain"),
        of=contains,
        phrase=said("whose {field} does not contain {value}"),
    ),
    starts_with,
    Negation(
        "notStartsWith",
        said("does not start with"),
        of=starts_with,
        phrase=said("whose {field} does not start with {value}"),
    ),
    ends_with,
    Negation(
        "notEndsWith",
        said("does not end with"),
        of=ends_with,
        phrase=said("whose {field} does not end with {value}"),
    ),
)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
