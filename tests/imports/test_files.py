"""Files as people have them: each gives the contacts it holds, or a sentence."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api import Api, problems
from tests.imports.conftest import Import, counts, data_of, send
from tests.web.envelope import error_of


def test_a_plain_file(api: Api, imported: Import) -> None:
    found = imported(
        "email,firstName,plan,mrr,active,signupDate,trialEndsAt,zip\r\n"
        "ada@example.com,Ada,pro,12.5,true,2026-01-02,2026-02-01T12:00:00Z,00037\r\n"
        "ben@example.com,Nguyễn,,0,FALSE,,,10115\r\n"
    )
    assert (found["state"], counts(found)) == ("completed", (2, 0, 0, 0, 0))
    assert found["progress"] == {"rows": 2, "percent": 100}
    assert (found["errorsUrl"], found["failedReason"], found["fileName"]) == (None, None, "contacts.csv")
    assert data_of(api, "ada@example.com") == {
        "firstName": "Ada",
        "plan": "pro",
        "mrr": 12.5,
        "active": True,
        "signupDate": "2026-01-02",
        "trialEndsAt": "2026-02-01T12:00:00Z",
        "zip": "00037",
    }
    # The column holds a code, so all of it is text.
    assert data_of(api, "ben@example.com") == {
        "firstName": "Nguyễn",
        "mrr": 0,
        "active": False,
        "zip": "10115",
    }
    types = {field["field"]: field["type"] for field in api.get("/contacts/fields").json["fields"]}
    assert {types[f"data.{key}"] for key in ("signupDate", "trialEndsAt")} == {"date"}
    assert (types["data.mrr"], types["data.active"], types["data.zip"]) == ("number", "boolean", "string")
    assert api.get("/contacts/by-email/ada@example.com").json["subscribed"] is True


def test_semicolons_a_byte_order_mark_and_umlauts(api: Api, imported: Import) -> None:
    text = (
        "Vorname;E-MAIL;Ort;Beitrag\r\n"
        "Jürgen;JUERGEN@Example.com;Köln;12,50\r\n"
        '"Müller; Anna";anna@example.com;"Bad\r\nHomburg";7\r\n'
    )
    assert counts(imported(text.encode("utf-8-sig"))) == (2, 0, 0, 0, 0)
    assert data_of(api, "juergen@example.com") == {"Vorname": "Jürgen", "Ort": "Köln", "Beitrag": "12,50"}
    assert data_of(api, "anna@example.com") == {
        "Vorname": "Müller; Anna",
        "Ort": "Bad\r\nHomburg",
        "Beitrag": 7,
    }


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8"])
def test_other_encodings(api: Api, imported: Import, encoding: str) -> None:
    text = "email\tname\tcity\nrene@example.com\tRené\tBesançon\nzoe@example.com\tZoë\tMálaga\n"
    assert counts(imported(text.encode(encoding))) == (2, 0, 0, 0, 0)
    assert data_of(api, "zoe@example.com") == {"name": "Zoë", "city": "Málaga"}


def test_rows_in_trouble(api: Api, imported: Import) -> None:
    found = imported(
        "email,plan,score,notes\n"
        "good1@example.com,pro,10,fine\n"
        " GOOD1@example.com ,enterprise,20,same person again\n"
        "not-an-address,pro,1,bad address\n"
        ",pro,1,no address\n"
        "good2@example.com,free,abc,text in a number column\n"
        "\n"
        "good3@example.com,free\n"
        "good4@example.com,free,1,too,many,cells\n"
        'good5@example.com,"quote ""inside""",5,"two\nlines"\n'
        "good6@example.com,=1+1,6,formula\n"
        "good7@example.com,,7,empty plan is skipped\n"
    )
    assert (found["state"], counts(found)) == ("completed", (6, 0, 0, 3, 1))
    assert data_of(api, "good1@example.com") == {
        "plan": "enterprise",
        "score": 20,
        "notes": "same person again",
    }
    assert data_of(api, "good2@example.com")["score"] == "abc"
    assert data_of(api, "good3@example.com") == {"plan": "free"}
    assert data_of(api, "good5@example.com") == {"plan": 'quote "inside"', "score": 5, "notes": "two\nlines"}
    assert data_of(api, "good6@example.com")["plan"] == "=1+1"
    assert data_of(api, "good7@example.com") == {"score": 7, "notes": "empty plan is skipped"}

    answer = api.get(found["errorsUrl"])
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["line", "reason", "email", "plan", "score", "notes"]
    assert [row[0] for row in rows[1:]] == ["4", "5", "9"]
    assert "not-an-address" in rows[1][1]
    assert rows[1][2:] == ["not-an-address", "pro", "1", "bad address"]
    assert "no e-mail address" in rows[2][1]
    assert "6 cells" in rows[3][1] and rows[3][2:] == [
        "good4@example.com",
        "free",
        "1",
        "too",
        "many",
        "cells",
    ]


def test_rejected_rows_are_safe_in_spreadsheets(api: Api, imported: Import) -> None:
    found = imported("email,plan,n\nnobody,=1+1,-5\n")
    assert "nobody,'=1+1,-5" in api.get(found["errorsUrl"]).text


def test_a_quote_that_is_never_closed_costs_one_row(api: Api, imported: Import) -> None:
    found = imported(
        'email,name\na@example.com,Ann\nb@example.com,"Ben\nc@example.com,Cy\nd@example.com,Di\n'
    )
    assert counts(found) == (3, 0, 0, 1, 0)
    rows = list(csv.reader(io.StringIO(api.get(found["errorsUrl"]).text)))
    assert rows[1][0] == "3"
    assert "never closed" in rows[1][1]


def test_only_a_header(imported: Import) -> None:
    found = imported("email,plan\n")
    assert (found["state"], counts(found)) == ("completed", (0, 0, 0, 0, 0))
    assert found["progress"] == {"rows": 0, "percent": 100}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(imported: Import, end: str) -> None:
    assert counts(imported(end.join(["email,n", "a@example.com,1", "", "b@example.com,2"]))) == (
        2,
        0,
        0,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04\x14\x00 not really a spreadsheet", "not_csv"),
        (b"\x1f\x8b\x08", "not_csv"),
        (b"email\n\x00\x01", "binary"),
        (b"email,plan,plan\na@example.com,pro,free\n", "duplicate_header"),
        (b"email,,plan\na@example.com,pro,free\n", "empty_header"),
        (b"name,plan\nAda,pro\n", "no_email_column"),
        (b",".join(b"c%d" % n for n in range(201)) + b"\n", "too_many_columns"),
    ],
)
def test_what_cannot_be_imported_is_said_before_anything_happens(api: Api, content: bytes, code: str) -> None:
    for path in ("/contacts/import", "/contacts/import/preview"):
        answer = send(api, content, path=path)
        error = error_of(answer, 422, "UNREADABLE_FILE")
        assert problems(answer) == {"file": code}
        assert " " in error["message"]
    assert api.get("/contacts/import").json["data"] == []


def test_cells_have_types_of_their_own(api: Api, imported: Import) -> None:
    imported(
        "email,a,b,c,d,e,f\n"
        'a@example.com,-3,1e+300,"[1, ""x""]","{""k"": null}",2026-02-30,9223372036854775808\n'
        "b@example.com, 7,1E5,TRUE,'5,2026-02-28,0.50\n"
    )
    assert data_of(api, "a@example.com") == {
        "a": -3,
        "b": 1e300,
        "c": [1, "x"],
        "d": {"k": None},
        "e": "2026-02-30",
        "f": "9223372036854775808",
    }
    assert data_of(api, "b@example.com") == {
        "a": " 7",
        "b": "1E5",
        "c": True,
        "d": "5",
        "e": "2026-02-28",
        "f": 0.5,
    }


def test_a_column_with_phone_numbers_stays_text(api: Api, imported: Import) -> None:
    imported("email,phone,n\na@example.com,4930123,1\nb@example.com,+4930123,2\n")
    assert data_of(api, "a@example.com") == {"phone": "4930123", "n": 1}


def test_a_code_late_in_a_long_file_counts_for_its_beginning(api: Api, imported: Import) -> None:
    rows = "".join(f"a{n}@example.com,{n + 1}\n" for n in range(7_000))
    assert counts(imported(f"email,zip\n{rows}z@example.com,007\n")) == (7_001, 0, 0, 0, 0)
    assert data_of(api, "a0@example.com") == {"zip": "1"}


def test_reserved_columns_are_left_out_and_named(api: Api, imported: Import) -> None:
    content = "id,email,createdAt,plan,unsubscribeUrl\nx,a@example.com,2020-01-01,pro,http://x\n"
    assert send(api, content).json["ignoredColumns"] == ["id", "createdAt", "unsubscribeUrl"]
    imported(content)
    assert data_of(api, "a@example.com") == {"plan": "pro"}


def test_data_that_is_too_much_fails_its_row_only(api: Api, imported: Import) -> None:
    api.contact("full@example.com", data={f"k{n}": n for n in range(199)})
    big = "x" * 40_000
    found = imported(
        f"email,p,q\nfull@example.com,1,2\nbig@example.com,{big},{big}\n"
        f"huge@example.com,{'y' * 70_000},\nok@example.com,{big},\n"
    )
    assert counts(found) == (1, 0, 0, 3, 0)
    reasons = {row[2]: row[1] for row in csv.reader(io.StringIO(api.get(found["errorsUrl"]).text))}
    assert "200 keys" in reasons["full@example.com"]
    assert "A cell holds more than 65,536 bytes" in reasons["huge@example.com"]
    assert len(api.get("/contacts/by-email/full@example.com").json["data"]) == 199


def test_languages_must_be_languages(api: Api, imported: Import) -> None:
    found = imported("email,locale\na@example.com,de\nb@example.com,klingon\nc@example.com,\n")
    assert counts(found) == (2, 0, 0, 1, 0)


def test_u0000_in_a_row_fails_that_row(api: Api, imported: Import) -> None:
    filler = "".join(f"a{n}@example.com,x\n" for n in range(8_000))
    found = imported(f"email,name\n{filler}n@example.com,nul\0byte\n".encode())
    assert counts(found) == (8_000, 0, 0, 1, 0)
