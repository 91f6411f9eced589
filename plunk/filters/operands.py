"""Marshmallow fields for the operands of built-in operators: what may stand as `value`, what it becomes.

They take JSON as it is: a number in quotes is a text, and `true` is not 1. `tells` says how a sentence shows texts that
are dates: by their UTC day, or by the moment; others are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from marshmallow import ValidationError, fields

from plunk.filters.values import Span, number, simple_lower, span, text_form

Bound = int | Decimal | Span | str
"""What an operand of order stands for: a number, a date, or any other text."""


@dataclass(frozen=True)
class OneOf:
    """What operands of equality stand for: text forms, and whole UTC days for those that are dates."""

    texts: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()

    @classmethod
    def union(cls, parts: Iterable[OneOf]) -> OneOf:
        parts = list(parts)
        return cls(
            frozenset().union(*(part.texts for part in parts)),
            frozenset().union(*(part.days for part in parts)),
        )


class Fragment(fields.Field[str]):
    """A part of a text, not empty; becomes lower case."""

    value_type = "text"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return simple_lower(_filled(value))


class Address(fields.Field[OneOf]):
    """An e-mail address as it was written; the operator turns it into what is stored."""

    value_type = "text"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> OneOf:
        return OneOf(frozenset([_filled(value)]))


class TrueOrFalse(fields.Field[OneOf]):
    """A JSON boolean."""

    value_type = "boolean"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> OneOf:
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false, without quotes")
        return OneOf(frozenset([_text_form(value)]))


class Day(fields.Field[OneOf]):
    """A date, or a date-time that stands for its UTC day."""

    value_type = "date"
    tells = "day"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> OneOf:
        return OneOf(days=frozenset([_date(value).first.date()]))


class Scalar(fields.Field[OneOf]):
    """A text, number or boolean, compared by its text form."""

    value_type = "scalar"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> OneOf:
        return OneOf(frozenset([_text_form(value)]))


class ScalarOrDay(Scalar):
    """The same, where a date also stands for its UTC day."""

    tells = "day"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> OneOf:
        one_of = super()._deserialize(value, attr, data, **kwargs)
        day = span(value) if isinstance(value, str) else None
        return OneOf(one_of.texts, frozenset([day.first.date()]) if day else frozenset())


class DateBound(fields.Field[Bound]):
    """A date or date-time to be before or after."""

    value_type = "date"
    tells = "moment"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Bound:
        return _date(value)


class AnyBound(fields.Field[Bound]):
    """A number, date or text to be less or greater than."""

    value_type = "ordered"
    tells = "moment"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Bound:
        if isinstance(value, str):
            return span(_filled(value)) or value
        found = number(value)
        if found is None:
            raise ValidationError("Must be a number, a date or a text")
        _text_form(value)
        return found


class Listed(fields.Field[tuple[Any, ...]]):
    """A list of at least one operand."""

    value_type = "list"

    def __init__(self, each: fields.Field[Any]) -> None:
        super().__init__()
        self.each = each

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise ValidationError("Must be a list of at least one value")
        loaded, problems = [], {}
        for index, item in enumerate(value):
            try:
                loaded.append(self.each.deserialize(item))
            except ValidationError as error:
                problems[index] = error.messages
        if problems:
            raise ValidationError(problems)
        return tuple(loaded)


class LowAndHigh(Listed):
    """A list of two operands of one sort."""

    value_type = "range"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != 2:
            raise ValidationError("Must be a list of two values, [low, high]")
        low, high = super()._deserialize(value, attr, data, **kwargs)
        if _sort(low) != _sort(high):
            raise ValidationError("Both values must be numbers, or dates, or other texts")
        return low, high


def _filled(value: Any) -> str:
    if not isinstance(value, str):
        raise ValidationError("Must be a text, in quotes")
    if not value:
        raise ValidationError("Must not be empty")
    return value


def _date(value: Any) -> Span:
    found = span(value) if isinstance(value, str) else None
    if found is None:
        raise ValidationError(
            "Must be an ISO 8601 date or date-time, as in 2025-06-01 or 2025-06-01T09:30:00Z"
        )
    return found


def _text_form(value: Any) -> str:
    if isinstance(value, float) and not isfinite(value):
        raise ValidationError("Must be a finite number")
    text = text_form(value)
    if text is None:
        raise ValidationError("Must be a text, a number or a boolean")
    return text


def _sort(bound: Bound) -> type:
    return type(bound) if isinstance(bound, str | Span) else Decimal
