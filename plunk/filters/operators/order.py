"""Less and greater: numbers with numbers, dates with dates, other texts by code point."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from marshmallow import fields
from sqlalchemy import ColumnElement, Text, and_, literal

from plunk.filters.fields import Kind
from plunk.filters.operands import AnyBound, Bound, DateBound, LowAndHigh
from plunk.filters.operator import Operator
from plunk.filters.said import said
from plunk.filters.targets import Target
from plunk.filters.values import Span, falls, instant, number


class Order(Operator):
    """A comparison with one bound. `dates` turns the span of a date operand into the bounds of `falls`, of which
    `date_phrase` tells."""

    kinds = (Kind.DATE, Kind.DATA)
    data_types = ("number", "date", "string")
    operand = AnyBound()

    def __init__(
        self,
        key: str,
        label: str,
        *,
        compare: Callable[[Any, Any], Any],
        dates: Callable[[Span], dict[str, datetime]],
        phrase: str,
        date_label: str,
        date_phrase: str,
    ) -> None:
        self.key, self.label, self.compare, self.dates = key, label, compare, dates
        self.phrase, self.date_label, self.date_phrase = phrase, date_label, date_phrase
        self.example = {"field": "data.mrr", "operator": key, "value": 100}

    def operand_for(self, kind: str) -> fields.Field[Bound]:
        return _DATE_BOUND if kind == Kind.DATE else self.operand

    def phrase_for(self, kind: str, value: Bound) -> str:
        return self.date_phrase if isinstance(value, Span) else self.phrase

    def sql(self, target: Target, value: Bound) -> ColumnElement[bool]:
        if isinstance(value, Span):
            return target.falls(**self.dates(value))
        return _compared(self.compare, target, value)

    def matches(self, actual: Any, value: Bound, now: datetime) -> bool:
        if isinstance(value, Span):
            return falls(instant(actual), **self.dates(value))
        if isinstance(value, str):
            return isinstance(actual, str) and self.compare(actual, value)
        found = number(actual)
        return found is not None and self.compare(found, value)


class Between(Operator):
    """From the first bound to the second, both included."""

    key, label = "between", said("is between")
    phrase = said("whose {field} is between {value}")
    kinds = (Kind.DATE, Kind.DATA)
    data_types = ("number", "date", "string")
    operand = LowAndHigh(AnyBound())
    example = {"field": "data.mrr", "operator": "between", "value": [10, 99.5]}

    def operand_for(self, kind: str) -> fields.Field[tuple[Bound, Bound]]:
        return _DATE_RANGE if kind == Kind.DATE else self.operand

    def sql(self, target: Target, value: tuple[Bound, Bound]) -> ColumnElement[bool]:
        low, high = value
        if isinstance(low, Span) and isinstance(high, Span):
            return target.falls(since=low.first, until=high.last)
        return and_(_compared(operator.ge, target, low), _compared(operator.le, target, high))

    def matches(self, actual: Any, value: tuple[Bound, Bound], now: datetime) -> bool:
        low, high = value
        return from_low.matches(actual, low, now) and to_high.matches(actual, high, now)


def _compared(compare: Callable[[Any, Any], Any], target: Target, value: Any) -> ColumnElement[bool]:
    if isinstance(value, str):
        return cast("ColumnElement[bool]", compare(target.text().collate("C"), literal(value, Text)))
    return target.is_number(compare, value)


_DATE_BOUND = DateBound()
_DATE_RANGE = LowAndHigh(_DATE_BOUND)

from_low = Order(
    "greaterThanOrEqual",
    said("is at least"),
    compare=operator.ge,
    dates=lambda span: {"since": span.first},
    phrase=said("whose {field} is at least {value}"),
    date_label=said("is on or after"),
    date_phrase=said("whose {field} is on or after {value}"),
)
to_high = Order(
    "lessThanOrEqual",
    said("is at most"),
    compare=operator.le,
    dates=lambda span: {"until": span.last},
    phrase=said("whose {field} is at most {value}"),
    date_label=said("is on or before"),
    date_phrase=said("whose {field} is on or before {value}"),
)

OPERATORS = (
    Order(
        "greaterThan",
        said("is greater than"),
        compare=operator.gt,
        dates=lambda span: {"after": span.last},
        phrase=said("whose {field} is greater than {value}"),
        date_label=said("is after"),
        date_phrase=said("whose {field} is after {value}"),
    ),
    Order(
        "lessThan",
        said("is less than"),
        compare=operator.lt,
        dates=lambda span: {"before": span.first},
        phrase=said("whose {field} is less than {value}"),
        date_label=said("is before"),
        date_phrase=said("whose {field} is before {value}"),
    ),
    from_low,
    to_high,
    Between(),
)
