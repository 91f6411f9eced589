"""Being equal: to one value, to one of several."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import fields
from sqlalchemy import ColumnElement

from plunk.filters.fields import Kind
from plunk.filters.given import Given
from plunk.filters.operands import Address, Day, Listed, OneOf, ScalarOrDay, TrueOrFalse
from plunk.filters.operator import Negation, Operator
from plunk.filters.said import said
from plunk.filters.targets import Target
from plunk.filters.values import is_one_of

SUBSCRIBED, NOT_SUBSCRIBED = said("who are subscribed"), said("who are not subscribed")

_BY_KIND: dict[str, fields.Field[OneOf]] = {
    Kind.EMAIL: Address(),
    Kind.BOOLEAN: TrueOrFalse(),
    Kind.DATE: Day(),
    Kind.DATA: ScalarOrDay(),
}
_LISTS = {kind: Listed(field) for kind, field in _BY_KIND.items()}


class Equals(Operator):
    """Equal by text form; a date stands for its UTC day."""

    key, label = "equals", said("is")
    phrase = said("whose {field} is {value}")
    kinds = tuple(_BY_KIND)
    data_types = ("string", "number", "boolean", "date")
    operand: fields.Field[Any] = _BY_KIND[Kind.DATA]
    example = {"field": "data.plan", "operator": "equals", "value": "pro"}

    def operand_for(self, kind: str) -> fields.Field[Any]:
        return _BY_KIND[kind]

    def load(self, given: Given) -> OneOf | None:
        return _as_stored(super().load(given), given)

    def phrase_for(self, kind: str, value: OneOf) -> str:
        return _told_of_people(kind, value) or self.phrase

    def sql(self, target: Target, value: OneOf) -> ColumnElement[bool]:
        return target.is_one_of(value.texts, value.days)

    def matches(self, actual: Any, value: OneOf, now: datetime) -> bool:
        return is_one_of(actual, value.texts, value.days)


class In(Equals):
    """Equal to at least one value of a list."""

    key, label = "in", said("is one of")
    phrase = said("whose {field} is one of {value}")
    operand = _LISTS[Kind.DATA]
    example = {"field": "data.plan", "operator": "in", "value": ["pro", "team"]}

    def operand_for(self, kind: str) -> fields.Field[Any]:
        return _LISTS[kind]

    def load(self, given: Given) -> OneOf | None:
        return _as_stored(OneOf.union(Operator.load(self, given) or ()), given)


class NotEqual(Negation):
    """Not equal; of people it is told as the opposite."""

    def phrase_for(self, kind: str, value: OneOf) -> str:
        return _told_of_people(kind, value, is_negated=True) or self.phrase


equals, one_of = Equals(), In()

OPERATORS = (
    equals,
    NotEqual("notEquals", said("is not"), of=equals, phrase=said("whose {field} is not {value}")),
    one_of,
    NotEqual("notIn", said("is none of"), of=one_of, phrase=said("whose {field} is none of {value}")),
)


def _told_of_people(kind: str, value: OneOf, *, is_negated: bool = False) -> str:
    """Being subscribed or not, as people say it; nothing for other fields, and for both at once."""
    if kind != Kind.BOOLEAN or len(value.texts) != 1:
        return ""
    return SUBSCRIBED if ("true" in value.texts) is not is_negated else NOT_SUBSCRIBED


def _as_stored(value: OneOf | None, given: Given) -> OneOf | None:
    """Addresses are compared in the form in which they are stored, whatever spelling the rule has."""
    if value is None or given.kind != Kind.EMAIL:
        return value
    return OneOf(frozenset(given.address(text) for text in value.texts))
