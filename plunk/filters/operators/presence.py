"""Whether there is a value at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from plunk.filters.fields import Kind
from plunk.filters.json_target import DataTarget
from plunk.filters.operator import Negation, Operator
from plunk.filters.said import said


class Exists(Operator):
    """Present and not null."""

    key, label = "exists", said("exists")
    phrase = said("whose {field} exists")
    kinds = (Kind.DATA,)
    example = {"field": "data.plan", "operator": "exists"}

    def sql(self, target: DataTarget, value: None) -> ColumnElement[bool]:
        return target.any_text().is_not(None)

    def matches(self, actual: Any, value: None, now: datetime) -> bool:
        return actual is not None


class IsEmpty(Operator):
    """Absent, null, `""`, `[]` or `{}`."""

    key, label = "isEmpty", said("is empty")
    phrase = said("whose {field} is empty")
    kinds = (Kind.DATA,)
    example = {"field": "data.tags", "operator": "isEmpty"}

    def sql(self, target: DataTarget, value: None) -> ColumnElement[bool]:
        return func.coalesce(target.json, _json("null")).in_(
            [_json(text) for text in ("null", '""', "[]", "{}")]
        )

    def matches(self, actual: Any, value: None, now: datetime) -> bool:
        return actual is None or actual in ("", [], {})


exists, is_empty = Exists(), IsEmpty()

OPERATORS = (
    exists,
    Negation("notExists", said("does not exist"), of=exists, phrase=said("whose {field} does not exist")),
    is_empty,
    Negation("isNotEmpty", said("is not empty"), of=is_empty, phrase=said("whose {field} is not empty")),
)


def _json(text: str) -> ColumnElement[Any]:
    return cast(literal(text, Text), JSONB)
