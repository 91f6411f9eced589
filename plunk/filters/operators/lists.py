"""Elements of lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import fields
from sqlalchemy import ColumnElement

from plunk.filters.fields import Kind
from plunk.filters.given import Given
from plunk.filters.json_target import DataTarget
from plunk.filters.operands import Listed, OneOf, Scalar
from plunk.filters.operator import Negation, Operator
from plunk.filters.said import said
from plunk.filters.values import text_form


class Includes(Operator):
    """A list with an element equal to the value, by text form."""

    key, label = "includes", said("includes")
    phrase = said("whose {field} includes {value}")
    kinds = (Kind.DATA,)
    data_types = ("list",)
    operand: fields.Field[Any] = Scalar()
    example = {"field": "data.tags", "operator": "includes", "value": "vip"}

    def sql(self, target: DataTarget, value: OneOf) -> ColumnElement[bool]:
        return target.holds_any(value.texts)

    def matches(self, actual: Any, value: OneOf, now: datetime) -> bool:
        return isinstance(actual, list) and any(text_form(each) in value.texts for each in actual)


class IncludesAny(Includes):
    """A list with an element equal to at least one of the values."""

    key, label = "includesAny", said("includes any of")
    phrase = said("whose {field} includes any of {value}")
    operand = Listed(Scalar())
    example = {"field": "data.tags", "operator": "includesAny", "value": ["vip", "beta"]}

    def load(self, given: Given) -> OneOf:
        return OneOf.union(super().load(given) or ())


class IncludesAll(IncludesAny):
    """A list with, for each of the values, an element equal to it."""

    key, label = "includesAll", said("includes all of")
    phrase = said("whose {field} includes all of {value}")
    example = {"field": "data.tags", "operator": "includesAll", "value": ["vip", "beta"]}

    def sql(self, target: DataTarget, value: OneOf) -> ColumnElement[bool]:
        return target.holds_all(value.texts)

    def matches(self, actual: Any, value: OneOf, now: datetime) -> bool:
        return isinstance(actual, list) and value.texts.issubset(map(text_form, actual))


includes, includes_any, includes_all = Includes(), IncludesAny(), IncludesAll()

OPERATORS = (
    includes,
    Negation(
        "notIncludes",
        said("does not include"),
        of=includes,
        phrase=said("whose {field} does not include {value}"),
    ),
    includes_any,
    Negation(
        "notIncludesAny",
        said("includes none of"),
        of=includes_any,
        phrase=said("whose {field} includes none of {value}"),
    ),
    includes_all,
    Negation(
        "notIncludesAll",
        said("does not include all of"),
        of=includes_all,
        phrase=said("whose {field} does not include all of {value}"),
    ),
)
