"""A value inside JSON, in SQL: the twin of `plunk.filters.values`.

Relies on the session's time zone being UTC. Every cast stands behind a test that it will succeed, inside
CASE, which PostgreSQL does not reorder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Interval,
    Numeric,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, array

from plunk.filters.targets import YEAR_1, YEAR_10000, Moment, Target, complement, is_of_days, next_edge
from plunk.filters.values import CANONICAL_NUMBER, ISO_PATTERN, whole_day

FEW = 10
"""Up to so many values are asked for by containment, which an index can answer; more go as one array."""


class DataTarget(Target):
    """What stands at a dotted path in a JSON column."""

    def __init__(
        self, kind: str, now: ColumnElement[datetime], column: ColumnElement[Any], path: str
    ) -> None:
        super().__init__(kind, now)
        self.column, self.path = column, path
        self.parts = path.split(".")

    @property
    def json(self) -> ColumnElement[Any]:
        """The JSON value itself, null if there is none."""
        return self._at(lambda value, key: value.op("->", return_type=JSONB())(key))

    def any_text(self) -> ColumnElement[str]:
        """Text of whatever stands there, null if there is nothing or null."""
        return self._at(lambda value, key: value.op("->>", return_type=Text())(key))

    def text(self) -> ColumnElement[str]:
        return case((func.jsonb_typeof(self.json) == "string", self.any_text()))

    def is_like(self, pattern: str) -> ColumnElement[bool]:
        # Few match, so the type is asked of those only; as an AND its selectivity would ruin first pages.
        lowered = func.lower(self.any_text().collate("pg_c_utf8"), type_=Text())
        return case((lowered.like(pattern), func.jsonb_typeof(self.json) == "string"))

    def is_number(self, compare: Callable[[Any, Any], Any], operand: int | Decimal) -> ColumnElement[bool]:
        # JSON values of any two types can be compared; that and then the type is cheaper than a cast behind the type.
        matches = compare(self.json, cast(literal(str(operand), Text), JSONB))
        return case((matches, func.jsonb_typeof(self.json) == "number"))

    def is_one_of(self, texts: Collection[str], days: Collection[date] = ()) -> ColumnElement[bool]:
        if len(texts) > FEW:
            same = text_form(self.json) == any_(literal(sorted(texts), ARRAY(Text)))
        else:
            same = or_(*(self._contains(form) for text in sorted(texts) for form in json_forms(text)))
        return or_(same, self._is_of_days(days)) if days else same

    def holds_any(self, texts: Collection[str]) -> ColumnElement[bool]:
        """Is a list with an element equal to one of the texts."""
        if len(texts) > FEW:
            return self._held(texts) >= 1
        return or_(*(self._contains(f"[{form}]") for text in sorted(texts) for form in json_forms(text)))

    def holds_all(self, texts: Collection[str]) -> ColumnElement[bool]:
        """Is a list with, for each text, an element equal to it."""
        if len(texts) > FEW:
            return self._held(texts) == len(texts)
        return and_(*(self.holds_any([text]) for text in sorted(texts)))

    def instant(self) -> ColumnElement[datetime]:
        return case((self.falls(), self._instant(None, None)))

    def falls(
        self,
        *,
        after: Moment | None = None,
        since: Moment | None = None,
        before: Moment | None = None,
        until: Moment | None = None,
    ) -> ColumnElement[bool]:
        low, high = _first(after, since), _first(before, until)
        if isinstance(low, datetime) and isinstance(high, datetime) and low > high:
            return false()
        # A range, so that the moment is worked out once; open ends stop at the years that both faces know.
        bounds = func.tstzrange(
            YEAR_1 if low is None else low,
            YEAR_10000 if high is None else high,
            ("(" if after is not None else "[") + ("]" if until is not None else ")"),
        )
        is_fixed = not isinstance(low, ColumnElement) and not isinstance(high, ColumnElement)
        within = bounds if is_fixed else select(bounds).scalar_subquery()
        return self._instant(low, high).op("<@", is_comparison=True)(within)

    def next_edge(self, steps: Sequence[timedelta]) -> ColumnElement[datetime]:
        # From a set-returning function the moment is worked out once, however often it is mentioned.
        possible = self._instant(self.now - max(steps), None)
        moment = func.unnest(array([possible])).column_valued("moment")
        edge = select(next_edge(moment, steps, self.now))
        return edge.where(moment >= YEAR_1, moment < YEAR_10000).scalar_subquery()

    def _at(
        self, step: Callable[[ColumnElement[Any], ColumnElement[str]], ColumnElement[Any]]
    ) -> ColumnElement[Any]:
        """Follows the path, the last part by `step`. Keys are text, never a position in a list."""
        whole = step(self.column, literal(self.path, Text))
        if len(self.parts) == 1:
            return whole
        nested = self.column
        for part in self.parts[:-1]:
            nested = nested.op("->", return_type=JSONB())(literal(part, Text))
        return case((self._has_whole(), whole), else_=step(nested, literal(self.parts[-1], Text)))

    def _has_whole(self) -> ColumnElement[bool]:
        return self.column.op("?", is_comparison=True)(literal(self.path, Text))

    def _contains(self, form: str) -> ColumnElement[bool]:
        """The column contains the JSON text `form` at the path."""
        whole = _contains(self.column, _object([self.path], form))
        if len(self.parts) == 1:
            return whole
        nested = _contains(self.column, _object(self.parts, form))
        return or_(whole, and_(nested, complement(self._has_whole())))

    def _held(self, texts: Collection[str]) -> ColumnElement[int]:
        """How many of the texts are equal to an element of the list that stands here."""
        elements = func.jsonb_array_elements(
            case((func.jsonb_typeof(self.json) == "array", self.json), else_=cast(literal("[]", Text), JSONB))
        ).table_valued(column("value", JSONB))
        form = text_form(elements.c.value)
        wanted = form == any_(literal(sorted(texts), ARRAY(Text)))
        return select(func.count(form.distinct())).select_from(elements).where(wanted).scalar_subquery()

    def _is_of_days(self, days: Collection[date]) -> ColumnElement[bool]:
        first, last = whole_day(min(days)).first, whole_day(max(days)).last
        if len(days) == 1:
            return self.falls(since=first, until=last)
        return is_of_days(self._instant(first, last), days)

    def _instant(self, low: Moment | None, high: Moment | None) -> ColumnElement[datetime]:
        """The moment that stands here, null if it is none or lies outside the bounds for certain.

        An offset moves a moment by less than a day, so text that is more than a day off needs no closer look.
        Text that reads as ISO can only be a JSON string.
        """
        text = self.any_text()
        sorted_text = text.collate("C")
        cut = func.regexp_replace(text, "([.][0-9]{6})[0-9]+", r"\1")  # a cast would round
        is_moment = and_(
            true() if low is None else sorted_text >= _day_text(low, -1),
            true() if high is None else sorted_text < _day_text(high, 2),
            text.regexp_match(f"^({ISO_PATTERN})$"),
            func.pg_input_is_valid(text, "timestamptz"),
        )
        is_long = func.length(text) > len("2025-06-15T12:00:00.123456")
        return case((is_moment, cast(case((is_long, cut), else_=text), DateTime(timezone=True))))


def text_form(value: ColumnElement[Any]) -> ColumnElement[str]:
    """The twin of `values.text_form`."""
    text = value.op("#>>", return_type=Text())(literal([], ARRAY(Text)))
    kind = func.jsonb_typeof(value)
    return case(
        (kind == "string", text),
        (kind == "number", cast(func.trim_scale(cast(value, Numeric)), Text)),
        (kind == "boolean", text),
    )


def json_forms(text: str) -> list[str]:
    """The JSON scalars, as JSON text, whose text form this is."""
    forms = [json.dumps(text)]
    if text in ("true", "false") or CANONICAL_NUMBER.fullmatch(text):
        forms.append(text)
    return forms


def _object(parts: list[str], form: str) -> str:
    for part in reversed(parts):
        form = f"{{{json.dumps(part)}: {form}}}"
    return form


def _contains(column: ColumnElement[Any], document: str) -> ColumnElement[bool]:
    return column.op("@>", is_comparison=True)(cast(literal(document, Text), JSONB))


def _first(*moments: Moment | None) -> Moment | None:
    return next((moment for moment in moments if moment is not None), None)


def _day_text(moment: Moment, days: int) -> Any:
    """The moment's UTC day, that many days on, as text; past the calendar's ends, text beyond every date."""
    if isinstance(moment, datetime):
        try:
            return (moment.date() + timedelta(days)).isoformat()
        except OverflowError:
            return ":" if days > 0 else ""
    day = func.timezone("UTC", moment + literal(timedelta(days), Interval))
    return select(func.to_char(day, "YYYY-MM-DD", type_=Text())).scalar_subquery()
