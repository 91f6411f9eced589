"""`check_operator` finds every kind of mistake that an operator's author can make, and names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marshmallow import fields, validate
from sqlalchemy import ColumnElement, DateTime, Integer, case, cast, func, literal, select

from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.filters.fields import Kind
from plunk.filters.operator import Negation, Operator
from plunk.testing.unsound import UnsoundOperator

Check = Callable[..., None]


class IsLong(Operator):
    """Sound: text of at least so many characters."""

    key, label = "isLong", "is a long text"
    kinds = (Kind.DATA,)
    operand = fields.Integer(strict=True, validate=validate.Range(0, 1_000_000))
    example = {"field": "data.notes", "operator": "isLong", "value": 20}

    def sql(self, target: Any, value: Any) -> ColumnElement[bool]:
        return func.char_length(target.text()) >= value

    def matches(self, actual: Any, value: Any, now: datetime) -> bool:
        return isinstance(actual, str) and len(actual) >= value


class IsOver(Operator):
    """Sound, and about time: a date that has passed."""

    key, label, kinds = "isOver", "is over", (Kind.DATE,)
    example = {"field": "createdAt", "operator": "isOver"}

    def sql(self, target: Any, value: Any) -> ColumnElement[bool]:
        return target.instant() <= target.now

    def matches(self, actual: Any, value: Any, now: datetime) -> bool:
        return bool(actual <= now)

    def mentions_time(self, value: Any) -> bool:
        return True

    def flips_at_sql(self, target: Any, value: Any) -> ColumnElement[datetime]:
        return case((target.instant() > target.now, target.instant()))

    def flips_at(self, actual: Any, value: Any, now: datetime) -> datetime | None:
        return actual if actual > now else None


def changed(base: type[Operator], **members: Any) -> Operator:
    """An operator of a class like that one, with some members others."""
    return type(base.__name__, (base,), members)()


def complaint(check_operator: Check, operator: Operator, **options: Any) -> str:
    with pytest.raises(UnsoundOperator) as caught:
        check_operator(operator, **options)
    return str(caught.value)


def test_sound_operators_pass(check_operator: Check) -> None:
    check_operator(IsLong(), matching=["x" * 20], others=["x" * 19, ["x" * 20], 10**20, ...])
    check_operator(IsOver())
    check_operator(Negation("isShort", "is not a long text", of=IsLong()), beside=[IsLong()])


def test_an_operator_without_a_python_face_is_tried_by_sql(check_operator: Check) -> None:
    check_operator(changed(IsLong, matches=Operator.matches))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"key": "is long"}, "its key is 'is long'"),
        ({"key": "startsWith", "example": {**IsLong.example, "operator": "startsWith"}}, "both declare the operator"),
        ({"label": " "}, "it has no label"),
        ({"kinds": ()}, "suits none; kinds are email"),
        ({"kinds": ("text",)}, "suits text; kinds are email"),
        ({"example": {"field": "data.notes", "operator": "isLang", "value": 1}}, "its example must be a filter"),
        ({"example": {"field": "data.notes", "operator": "isLong"}}, "is refused: value: value is missing"),
        ({"example": {"field": "email", "operator": "isLong", "value": 20}}, "isLong does not suit this field"),
        ({"example": {"field": "notes.data", "operator": "isLong", "value": 20}}, "No field begins with notes."),
        ({"example": {**IsLong.example, "unit": {1, 2}}}, "cannot be written as JSON"),
        ({"example": {**IsLong.example, "moon": 1}}, "There is no such member"),
        ({"operand": None}, "its example has a value, but without an operand"),
        ({"sql": Operator.sql}, "it has no sql(target, value)"),
        ({"negates": "isLang"}, "isLong negates isLang, which is not a positive operator"),
    ],
)  # fmt: skip
def test_what_is_said_of_an_operator_must_fit_together(
    check_operator: Check, members: dict[str, Any], words: str
) -> None:
    assert words in complaint(check_operator, changed(IsLong, **members))


class Unchecked(fields.Field[Any]):
    """Takes whatever is sent, as a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value.casefold()


def test_an_operand_that_raises_something_else_than_a_refusal_is_named(check_operator: Check) -> None:
    said = complaint(check_operator, changed(IsLong, operand=Unchecked()))
    assert "AttributeError" in said and "marshmallow's ValidationError" in said


TEXTS = {
    "operand": fields.String(),
    "example": {**IsLong.example, "value": "pro"},
    "sql": lambda self, target, value: target.text() == value,
    "matches": lambda self, actual, value, now: isinstance(actual, str) and actual == value,
}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        # Letters: Python knows more about them than the database is told to.
        (
            {**TEXTS, "matches": lambda self, actual, value, now: str(actual).casefold() == value},
            r"on data.notes = 'PRO' the filter .* does not match by SQL and matches by Python",
        ),
        # Types: in Python True is a number, and a list has a length too.
        (
            {"matches": lambda self, actual, value, now: hasattr(actual, "__len__") and len(actual) >= value},
            r"on data.notes = \[.*does not match by SQL and matches by Python",
        ),
        # What is missing: SQL's null is neither equal nor unequal.
        (
            {
                **TEXTS,
                "sql": lambda self, target, value: target.text() != value,
                "matches": lambda self, actual, value, now: actual != value,
            },
            r"on no data.notes the filter .* does not match by SQL and matches by Python",
        ),
        # Chance: the same question must get the same answer.
        (
            {"matches": Operator.matches, "sql": lambda self, target, value: func.random() < 0.5},
            r"is in (both|neither) of|the answer to .* changes between",
        ),
    ],
)  # fmt: skip
def test_faces_that_differ_are_named_with_the_value_and_both_answers(
    check_operator: Check, members: dict[str, Any], words: str
) -> None:
    assert re.search(words, complaint(check_operator, changed(IsLong, **members)))


def test_a_python_face_that_raises_is_named_with_the_value(check_operator: Check) -> None:
    careless = changed(IsLong, matches=lambda self, actual, value, now: len(actual) >= value)
    said = complaint(check_operator, careless)
    assert "its Python raises on no data.notes" in said and "TypeError" in said


def test_sql_that_raises_is_named_with_the_value_that_makes_it(check_operator: Check) -> None:
    careless = changed(IsLong, sql=lambda self, target, value: cast(target.any_text(), Integer) >= value)
    said = complaint(check_operator, careless)
    assert "its SQL raises on data.notes = " in said and "invalid input syntax for type integer" in said


@pytest.mark.parametrize(
    "sql", [lambda self, target, value: target.text(), lambda self, target, value: 1 / 0]
)
def test_sql_that_always_raises_is_named(check_operator: Check, sql: Any) -> None:
    assert "its SQL raises" in complaint(check_operator, changed(IsLong, sql=sql))


def test_an_example_that_matches_nobody_or_everybody_shows_nothing(check_operator: Check) -> None:
    vast = changed(IsLong, example={**IsLong.example, "value": 100_000})
    assert "matches nobody" in complaint(check_operator, vast)
    check_operator(vast, matching=["x" * 100_000])
    everything = changed(
        IsLong,
        sql=lambda self, target, value: literal(True),
        matches=lambda self, actual, value, now: True,
    )
    assert "matches everybody" in complaint(check_operator, everything)


def test_values_that_must_match_or_must_not_are_held_against_the_example(check_operator: Check) -> None:
    assert "must match data.notes = 'short'" in complaint(check_operator, IsLong(), matching=["short"])
    long = "a text that is long enough"
    assert f"must not match data.notes = {long!r}" in complaint(check_operator, IsLong(), others=[long])


def test_a_clock_of_its_own_is_found_out(check_operator: Check) -> None:
    in_sql = changed(IsOver, sql=lambda self, target, value: target.instant() <= func.now())
    assert "matches by SQL and does not match by Python" in complaint(check_operator, in_sql)
    in_python = changed(IsOver, matches=lambda self, actual, value, now: actual <= datetime.now(UTC))
    assert "does not match by SQL and matches by Python" in complaint(check_operator, in_python)


TIMELESS = {
    "mentions_time": Operator.mentions_time,
    "flips_at_sql": Operator.flips_at_sql,
    "flips_at": Operator.flips_at,
}


def test_an_answer_that_changes_with_time_must_be_announced(check_operator: Check) -> None:
    said = complaint(check_operator, changed(IsOver, **TIMELESS))
    assert (
        "on createdAt = 2025-06-15 12:00" in said
        and "mentions_time says that time alone cannot change it" in said
    )


@pytest.mark.parametrize("kept", list(TIMELESS))
def test_half_of_what_belongs_to_time_is_refused(check_operator: Check, kept: str) -> None:
    half = {name: method for name, method in TIMELESS.items() if name != kept}
    assert "lacks" in complaint(check_operator, changed(IsOver, **half))


HOUR, YEAR_9000 = timedelta(hours=1), datetime(9000, 1, 1, tzinfo=UTC)
NEVER = literal(None, DateTime(timezone=True))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"flips_at": lambda self, actual, value, now: None}, r"by flips_at_sql and at no time by flips_at"),
        (
            {
                "flips_at": lambda self, actual, value, now: None,
                "flips_at_sql": lambda self, target, value: NEVER,
            },
            "changes between .* but it says that it never flips",
        ),
        (
            {
                "flips_at": lambda self, actual, value, now: actual + HOUR if now <= actual < YEAR_9000 else None,
                "flips_at_sql": lambda self, target, value: case(
                    (target.instant().between(target.now, YEAR_9000), target.instant() + HOUR)
                ),
            },
            "changes between .* but it says that it flips at",
        ),
        (
            {
                "flips_at": lambda self, actual, value, now: now,
                "flips_at_sql": lambda self, target, value: target.now,
            },
            "flips_at_sql says at .* that it will flip at .*, which is not later",
        ),
        ({"flips_at": lambda self, actual, value, now: actual - now}, "its Python raises on createdAt"),
        ({"flips_at_sql": lambda self, target, value: literal(1) / 0}, "its SQL raises"),
    ],
)  # fmt: skip
def test_moments_that_are_wrong_or_differ_are_named(
    check_operator: Check, members: dict[str, Any], words: str
) -> None:
    assert re.search(words, complaint(check_operator, changed(IsOver, **members)))


def test_nothing_of_a_check_stays_in_the_database(check_operator: Check, context: None) -> None:
    def contacts() -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(Contact)) or 0

    before = contacts()
    check_operator(IsLong())
    assert contacts() == before
