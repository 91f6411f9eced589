"""A CSV file says everything about a contact, is safe in a spreadsheet, and is read back as it was."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from plunk.config import Settings
from plunk.contacts.cells import REST, write_cell
from plunk.testing.apps import new_project
from plunk.testing.odd_values import ODD_VALUES
from tests.api import Api
from tests.contacts.test_cells import TEXTS, VALUES, is_same
from tests.exports.files import by_address, table
from tests.live import own_app

pytestmark = pytest.mark.usefixtures("context")
CANNOT_BE_STORED = (None, "")


def test_a_row_says_what_the_contact_is(api: Api) -> None:
    ada = api.contact("ada@example.com", data={"plan": "pro", "seats": 3, "vip": True})
    bob = api.contact("bob@example.com", subscribed=False, data={"plan": "free", "tags": ["a", "b"]})
    header, *rows = table(api.get("/contacts/export"))
    assert header[:5] == ["id", "email", "subscribed", "createdAt", "updatedAt"]
    assert sorted(header[5:]) == ["plan", "seats", "tags", "vip"]
    first, second = (dict(zip(header, row, strict=True)) for row in rows)
    assert first == {
        "id": ada["id"],
        "email": "ada@example.com",
        "subscribed": "true",
        "createdAt": ada["createdAt"],
        "updatedAt": ada["updatedAt"],
        "plan": "pro",
        "seats": "3",
        "vip": "true",
        "tags": "",
    }
    assert second["subscribed"] == "false"
    assert (second["id"], second["tags"]) == (bob["id"], '["a", "b"]')


def test_columns_keep_their_places_when_keys_come(api: Api) -> None:
    api.contact("ada@example.com", data={"zebra": 1})
    before = table(api.get("/contacts/export"))[0]
    api.contact("ada@example.com", data={"ant": 1})
    assert table(api.get("/contacts/export"))[0] == [*before, "ant"]


def test_nobody_is_a_header(api: Api) -> None:
    assert api.get("/contacts/export").data == b"id,email,subscribed,createdAt,updatedAt\n"
    assert api.get("/contacts/export", format="ndjson").data == b""


def test_odd_values_come_back(api: Api) -> None:
    values = {
        f"contact{number}@example.com": value
        for number, value in enumerate(ODD_VALUES)
        if value not in CANNOT_BE_STORED or isinstance(value, bool)
    }
    for address, value in values.items():
        api.contact(address, data={"odd": value})
    found = by_address(api.get("/contacts/export"))
    assert found.keys() == values.keys()
    for address, value in values.items():
        stored = api.get(f"/contacts/by-email/{address}").json["data"]["odd"]
        assert is_same(found[address]["odd"], stored), value


@hypothesis_settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(value=VALUES, key=TEXTS)
def test_every_value_under_every_key_comes_back(app: Flask, value: Any, key: str) -> None:
    project = new_project(app)
    api = Api(app.test_client(), project.secret_key)
    response = api.post("/contacts", {"email": "ada@example.com", "data": {key: value}})
    if response.status_code >= 400:  # `locale`, or a wrapper
        return
    stored = api.get("/contacts/by-email/ada@example.com").json["data"]
    assert is_same(by_address(api.get("/contacts/export"))["ada@example.com"], stored)


def test_no_cell_is_a_formula(api: Api) -> None:
    formulas = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\r=1", "=cmd|' /C calc'!A0"]
    for number, text in enumerate(formulas):
        api.contact(f"n{number}@example.com", data={"note": text, text: "x"})
    for local in ("=1+1", "+news", "-", "'=1"):
        api.contact(f"{local}@example.com")
    rows = table(api.get("/contacts/export"))
    assert len(rows) == 1 + len(formulas) + 4
    for row in rows:
        for cell in row:
            assert cell[:1] not in tuple("=+-@\t\r") or cell == ""
    assert {"=1+1@example.com", "'=1@example.com"} <= by_address(api.get("/contacts/export")).keys()


def test_the_database_writes_cells_as_python_does(api: Api) -> None:
    texts = [
        "007",
        "true",
        "1e+300",
        "{}",
        "[x]",
        " a",
        "a ",
        "'",
        "''",
        "'tis",
        "x'y",
        "2024-01-01",
        'a "b", c',
    ]
    for number, text in enumerate(texts):
        api.contact(f"n{number}@example.com", data={"text": text})
    assert [row[5] for row in table(api.get("/contacts/export"))[1:]] == [write_cell(text) for text in texts]


def test_newlines_and_quotes_stay_in_their_cells(api: Api) -> None:
    note = 'one\r\ntwo\n"three", four'
    api.contact("ada@example.com", data={"note": note})
    assert by_address(api.get("/contacts/export")) == {"ada@example.com": {"note": note}}


def test_more_keys_than_columns_share_one(api: Api) -> None:
    data = {f"key{number:03}": number for number in range(200)}
    api.contact("ada@example.com", data=data)
    api.contact("bob@example.com", data={"late": "007", "later": {"a": None}, REST: 1})
    api.contact("eve@example.com")
    response = api.get("/contacts/export")
    header = table(response)[0]
    assert len(header) == 200
    assert header[-1] == REST
    assert by_address(response) == {
        "ada@example.com": data,
        "bob@example.com": {"late": "007", "later": {"a": None}, REST: 1},
        "eve@example.com": {},
    }


def test_keys_that_are_not_catalogued_are_there(settings: Settings) -> None:
    with own_app(settings, max_fields=2) as small:
        api = Api(small.test_client(), new_project(small).secret_key)
        data = {"a": 1, "b": 2, "c": "3", "d": True}
        api.contact("ada@example.com", data=data)
        assert by_address(api.get("/contacts/export")) == {"ada@example.com": data}


def test_excel_is_told_that_it_is_utf_8(api: Api) -> None:
    api.contact("ada@example.com", data={"city": "Köln"})
    with_mark = api.get("/contacts/export", bom="true").data
    assert with_mark == codecs.BOM_UTF8 + api.get("/contacts/export").data


def test_it_comes_compressed_if_asked_for(api: Api) -> None:
    api.contact("ada@example.com", data={"city": "Köln"})
    plain = api.get("/contacts/export")
    packed = api.get("/contacts/export", gzip="true")
    assert gzip.decompress(packed.data) == plain.data
    assert packed.mimetype == "application/gzip"
    assert "Content-Encoding" not in packed.headers


def test_a_spreadsheet_reads_it_with_pythons_reader_too(api: Api) -> None:
    api.contact("ada@example.com", data={"note": "a,b"})
    rows = list(csv.DictReader(io.StringIO(api.get("/contacts/export").text)))
    assert rows[0]["note"] == "a,b"
