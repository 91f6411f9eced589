"""A value comes back from a CSV file as it was."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from plunk.contacts import cells
from plunk.contacts.cells import (
    REST,
    hold_code,
    holds_code,
    loosely,
    read_cell,
    read_column,
    read_header,
    read_text,
    write_cell,
    write_header,
    write_text,
)
from plunk.contacts.data import RESERVED
from plunk.db.base import db
from plunk.testing.odd_values import ODD_TEXTS, ODD_VALUES

READ: list[tuple[str, Any]] = [
    ("", None),
    ("42", 42),
    ("-5", -5),
    ("0", 0),
    ("-0", 0),
    ("0.5", 0.5),
    ("10.0", 10.0),
    ("-0.25", -0.25),
    ("9223372036854775807", 2**63 - 1),
    ("-9223372036854775807", -(2**63) + 1),
    ("1e+300", 1e300),
    ("1.5e-07", 1.5e-7),
    ("true", True),
    ("TRUE", True),
    ("False", False),
    ('{"a": [1, null]}', {"a": [1, None]}),
    ("[]", []),
    ("[10000000000000000000000]", [1e22]),
    ("'42", "42"),
    ("'=1+1", "=1+1"),
    ("''42", "'42"),
    ("'", ""),
    ("''", "'"),
]
TEXT = [
    "Berlin",
    "12,50",
    "1.000.000",
    "007",
    "+42",
    ".5",
    "5.",
    "1E5",
    "2e10",
    "1e5",
    "10e+05",
    "9e+999",
    "9223372036854775808",
    "99999999999999999999",
    "9" * 5000,
    "12345678901234567890.5",
    "42 ",
    " 42",
    "4 2",
    "\u0664\u0662",
    "1_000",
    "0x1f",
    "NaN",
    "Infinity",
    "-Infinity",
    "-",
    "--5",
    "-007",
    "true ",
    "t",
    "yes",
    "2024-02-29",
    "2024-02-29T10:00:00Z",
    "{",
    "{}}",
    "[draft] hello",
    "[NaN]",
    "[1e999]",
    "[12345678901234567890]",
    "['a']",
    '["\\ud800"]',
    '{"a": "\\u0000"}',
    "[" * 31 + "]" * 31,
    "[" * 30_000 + "]" * 30_000,
    "'tis",
    "null",
]


unhurried = hypothesis_settings(deadline=None)


@pytest.fixture(autouse=True)
def _settings(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.mark.parametrize(("cell", "value"), READ)
def test_a_cell_has_a_type(cell: str, value: Any) -> None:
    assert is_same(read_cell(cell), value)


@pytest.mark.parametrize("cell", TEXT)
def test_doubtful_cells_are_text(cell: str) -> None:
    assert read_cell(cell) == cell
    assert read_cell(write_cell(cell)) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=SUM(A1)", "'=SUM(A1)"),
        ("+49 30 123", "'+49 30 123"),
        ("-5", "'-5"),
        ("@ada", "'@ada"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("01067", "'01067"),
        ("TRUE", "'TRUE"),
        ("{}", "'{}"),
        ("'=1", "''=1"),
        (" x", "' x"),
        ("o'neil", "o'neil"),
        ("'tis", "'tis"),
        ("2024-02-29", "2024-02-29"),
        ("x=1", "x=1"),
        (-5, "-5"),
        (1e300, "1e+300"),
        (True, "true"),
        (None, ""),
        ({"a": "é"}, '{"a":"é"}'),
    ],
)
def test_text_that_could_be_misread_gets_an_apostrophe(value: Any, cell: str) -> None:
    assert write_cell(value) == cell


@pytest.mark.parametrize("value", [value for value in ODD_VALUES if value is not None])
def test_odd_values_come_back(value: Any) -> None:
    assert is_same(read_cell(through_a_file(write_cell(value))), value)


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    st.text("'=+-@\t\r\n 01.e5aTRUEtrue{}[]\"", max_size=12),
    st.sampled_from(ODD_TEXTS + TEXT[:-4]),
)
VALUES = st.recursive(
    st.one_of(
        TEXTS,
        st.booleans(),
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.none()), max_size=4),
        st.dictionaries(TEXTS, st.one_of(inner, st.none()), max_size=4),
    ),
    max_leaves=8,
)


@unhurried
@given(VALUES)
def test_every_value_comes_back_with_its_type(value: Any) -> None:
    assert is_same(read_cell(through_a_file(write_cell(value))), value)


@unhurried
@given(TEXTS)
def test_written_text_is_safe_and_reads_as_text(text: str) -> None:
    cell = write_text(text)
    assert cell[:1] not in tuple("=+-@\t\r")
    assert cell == text or text[:1] in cells.MARKED_FIRST
    assert not holds_code(cell)
    assert read_text(cell) == text


COLUMNS = st.one_of(
    st.lists(VALUES.map(write_cell) | TEXTS),
    st.lists(st.integers(-(2**64), 2**64).map(str) | st.just("")),
    st.lists(st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: format(number, "f"))),
    st.lists(st.dates().map(str) | st.datetimes().map(lambda moment: moment.isoformat() + "Z") | st.just("")),
)


@unhurried
@given(COLUMNS)
def test_a_column_reads_as_its_cells(column: list[str]) -> None:
    assert [repr(value) for value in read_column(column)] == [repr(read_cell(cell)) for cell in column]
    assert read_column(column, is_text=True) == [read_text(cell) if cell else None for cell in column]
    assert hold_code(column) == any(map(holds_code, column))


@unhurried
@given(st.one_of(TEXTS, st.sampled_from(["E-Mail", "'email", "Created At", "a ", "\u00a0", REST, *RESERVED])))
def test_a_key_comes_back_from_the_header(key: str) -> None:
    name, is_key = read_header(write_header(key))
    assert name == key
    assert is_key or loosely(name) != "email"


@pytest.mark.parametrize("header", ["email", "E-MAIL", "e mail", "subscribed", "Created_At"])
def test_a_plain_header_may_name_a_column_of_the_contact(header: str) -> None:
    assert read_header(header) == read_header(f" {header} ") == (header, False)


@pytest.mark.parametrize("cell", ["007", "+42", "0049 30 123", "00"])
def test_codes(cell: str) -> None:
    assert holds_code(cell)
    assert hold_code(["1", cell])


@pytest.mark.parametrize("cell", ["", "0", "0.5", "-0.5", "7", "'007", "x007", "2024-01-01", "+", "1\n007"])
def test_no_codes(cell: str) -> None:
    assert not holds_code(cell)
    assert not hold_code(["", cell, "x"])


def test_an_empty_text_and_no_value_are_two_things() -> None:
    assert read_column(["", "'", "a"], is_text=True) == [None, "", "a"]
    assert read_column(["", "'", "a"]) == [None, "", "a"]


@unhurried
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_the_database_marks_the_same_texts(texts: list[str]) -> None:
    statement = (
        "SELECT t ~ :marked FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS x (t, n) ORDER BY n"
    )
    found = db.session.execute(sql(statement), {"marked": f"^({cells.MARKED_TEXT})", "texts": texts})
    assert list(found.scalars()) == [write_text(text) != text for text in texts]


@pytest.mark.parametrize("text", ["'" * 65_000, "'" * 65_000 + "1", "0." + "0" * 65_000 + "x", "[" * 65_000])
def test_hostile_cells_take_no_time(text: str) -> None:
    assert re.sub("^'", "", write_text(text)).endswith(text[-100:])
    assert read_text(write_text(text)) == text


def through_a_file(cell: str) -> str:
    """What Python's own CSV writer and reader make of it."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow([cell, "x"])
    file.seek(0)
    return next(csv.reader(file))[0]


def is_same(one: Any, other: Any) -> bool:
    """The same JSON value of the same type; the zeros of floats are one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and bool(one == other)
