"""The two places that say what comparing means agree letter by letter and date by date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, BigInteger, Engine, Text, cast, extract, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from plunk.filters.json_target import DataTarget
from plunk.filters.json_target import text_form as sql_text_form
from plunk.filters.values import instant, simple_lower, text_form
from tests.filters.bench import NOW
from tests.filters.odd_values import ODD_DATES, ODD_NUMBERS


def test_lower_case_agrees_for_every_code_point(engine: Engine) -> None:
    letters = [chr(point) for point in range(1, 0x110000) if not 0xD800 <= point <= 0xDFFF]
    with engine.connect() as connection:
        lowered = connection.scalar(select(func.lower(literal("".join(letters), Text).collate("pg_c_utf8"))))
    assert lowered == simple_lower("".join(letters))


parts = st.tuples(
    st.sampled_from(["0000", "0001", "1900", "2000", "2024", "2025", "9999", "10000", "202"]),
    st.sampled_from(["-01", "-02", "-06", "-12", "-13", "-00", "-1", "/01"]),
    st.sampled_from(["-01", "-28", "-29", "-30", "-31", "-32", "-00", ""]),
    st.sampled_from(
        ["", "", "T00:00", "T23:59:59", "T24:00", "T12:60", "T12:00:60", "T9:00", " 10:00", "T10"]
    ),
    st.sampled_from(["", "", ".5", ".999999", ".9999999", ".123456789", ".1234567890", ".", ",5"]),
    st.sampled_from(
        ["", "Z", "z", "+00:00", "-00:01", "+14:59", "-1459", "+15:00", "+02", "-2", "+0260", " Z", "\n"]
    ),
)


@settings(max_examples=40, deadline=None)
@given(found=st.lists(parts.map("".join), min_size=100, max_size=400))
def test_dates_are_the_same_instants(engine: Engine, found: list[str]) -> None:
    assert_same_instants(engine, [*found, *ODD_DATES])


def test_days_of_all_months_are_the_same_instants(engine: Engine) -> None:
    days = [
        f"{y}-{m:02}-{d:02}"
        for y in ("0004", "1900", "2000", "2023", "2024")
        for m in range(14)
        for d in range(33)
    ]
    assert_same_instants(engine, [*days, *(f"{day}T12:30:15.25-03:30" for day in days)])


def test_numbers_have_the_same_text_form(engine: Engine) -> None:
    with engine.connect() as connection:
        for number in ODD_NUMBERS:
            assert connection.scalar(select(sql_text_form(literal(number, JSONB)))) == text_form(number)


def assert_same_instants(engine: Engine, found: list[str]) -> None:
    """Both faces take the same texts for dates, and for the same ones."""
    each = func.unnest(literal(found, ARRAY(Text))).column_valued("found")
    data = func.jsonb_build_object("v", each, type_=JSONB)
    moment = DataTarget("data", literal(NOW), data, "v").instant()
    micros = cast(func.round(extract("epoch", moment) * 1_000_000), BigInteger)
    with engine.connect() as connection:
        asked = connection.execute(select(each, micros)).all()
    for text, from_sql in asked:
        assert from_sql == _micros(text), repr(text)


def _micros(text: str) -> int | None:
    moment = instant(text)
    return (
        None if moment is None else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    )
