"""Sample data goes through the import as it is, and looks like real people."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from plunk import clock
from plunk.imports.sample import COLUMNS, sample_csv
from tests.api import Api
from tests.imports.conftest import Import, counts
from tests.segments.rules import field

TODAY = date(2026, 2, 28)


def rows(today: date = TODAY, **options: Any) -> list[dict[str, str]]:
    text = b"".join(sample_csv(today, **options)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("context")
class TestTheFile:
    def test_the_same_day_and_seed_make_the_same_file(self) -> None:
        assert rows() == rows()
        assert rows(seed=8) != rows()
        assert rows(TODAY + timedelta(days=1)) != rows()

    def test_it_has_as_many_people_as_wanted_each_with_an_address_of_nobody(self) -> None:
        found = rows()
        assert len(found) == 500
        assert len({row["email"] for row in found}) == 500
        assert all(re.fullmatch(r"[a-z0-9.-]+@example\.(com|net|org)", row["email"]) for row in found)
        assert len(rows(people=3)) == 3
        assert rows(people=3) == found[:3]

    def test_it_comes_in_small_pieces(self) -> None:
        pieces = list(sample_csv(TODAY))
        assert len(pieces) == 501
        assert max(map(len, pieces)) < 1000

    def test_names_are_written_in_many_scripts(self) -> None:
        letters = {letter for row in rows() for letter in row["name"] if letter.isalpha()}
        scripts = {unicodedata.name(letter).split(" ")[0] for letter in letters}
        assert {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "DEVANAGARI", "CJK", "HANGUL"} <= scripts
        assert len(scripts) >= 12

    def test_every_column_has_many_values_and_some_have_gaps(self) -> None:
        found = rows()
        for column in COLUMNS:
            assert len({row[column] for row in found}) >= 2, column
        assert all(row[column] for row in found for column in ("email", "name", "plan", "signedUpAt"))
        assert 0 < sum(not row["city"] for row in found) < 100

    def test_days_lie_around_today(self) -> None:
        found = rows()
        signed_up = [date.fromisoformat(row["signedUpAt"]) for row in found]
        assert min(signed_up) < TODAY - timedelta(days=500)
        assert max(signed_up) <= TODAY
        assert sum(day > TODAY - timedelta(days=30) for day in signed_up) > 50
        for row in found:
            if row["lastSeenAt"]:
                assert row["signedUpAt"] <= row["lastSeenAt"][:10] < TODAY.isoformat()
            assert bool(row["trialEndsAt"]) is (row["plan"] == "trial")


def test_all_of_it_is_imported_with_its_types(app: Flask, api: Api, imported: Import) -> None:
    today = clock.now().date()
    with app.app_context():
        content = b"".join(sample_csv(today))
        (first, *_) = rows(today)
    assert counts(imported(content)) == (500, 0, 0, 0, 0)
    types = {
        each["field"]: each["type"] for each in api.get("/contacts/fields").json["fields"] if each["isCustom"]
    }
    assert types == {
        "data.name": "string",
        "data.company": "string",
        "data.plan": "string",
        "data.country": "string",
        "data.city": "string",
        "data.signedUpAt": "date",
        "data.lastSeenAt": "date",
        "data.trialEndsAt": "date",
        "data.seats": "number",
        "data.mrr": "number",
        "data.active": "boolean",
        "data.tags": "list",
    }
    contact = api.get(f"/contacts/by-email/{first['email']}").json
    assert (contact["data"]["name"], contact["data"]["plan"]) == (first["name"], first["plan"])
    found = api.get("/contacts", limit=1, subscribed="false").json
    assert 0 < found["total"] < 100
    for leaf in (
        field("data.signedUpAt", "within", value=30, unit="days"),
        field("data.trialEndsAt", "withinNext", value=14, unit="days"),
        field("data.tags", "includes", value="vip"),
        field("data.mrr", "greaterThan", value=100),
        field("data.city", "notExists"),
    ):
        condition = {"logic": "AND", "groups": [{"filters": [leaf]}]}
        assert 5 < api.post("/segments/preview", {"condition": condition}).json["count"] < 400, leaf
    assert counts(imported(content)) == (0, 0, 500, 0, 0)
