"""What the sender may say of a file: mapping, segment, subscriptions, encoding; and who may send it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.api import Api, problems
from tests.conftest import TestProject
from tests.imports.conftest import Import, counts, data_of, send
from tests.web.envelope import error_of

PLAIN = "email,plan\na@example.com,pro\n"


def subscribed(api: Api, email: str) -> bool:
    return bool(api.get(f"/contacts/by-email/{email}").json["subscribed"])


def events(api: Api, email: str) -> list[tuple[str, dict[str, Any]]]:
    contact = api.get(f"/contacts/by-email/{email}").json
    found = api.get(f"/events/contact/{contact['id']}").json["events"]
    return [(event["name"], event["data"]) for event in found]


def test_a_mapping_names_and_types_columns(api: Api, imported: Import) -> None:
    imported(
        'Mail,Plan Name,Score,Joined,Tags,Secret\nada@example.com,42,7,2026-01-02,"a, b",x\n',
        mapping={
            "Mail": "email",
            "Plan Name": {"field": "data.plan", "type": "string"},
            "Score": {"type": "number"},
            "Joined": {"field": "joined", "type": "date"},
            "Tags": {"field": "tags", "type": "list"},
            "Secret": None,
        },
    )
    assert data_of(api, "ada@example.com") == {
        "plan": "42",
        "Score": 7,
        "joined": "2026-01-02",
        "tags": ["a", "b"],
    }


def test_cells_that_do_not_suit_the_mapped_type_fail_their_row(api: Api, imported: Import) -> None:
    found = imported(
        "email,n,b,d\na@example.com,x,,\nb@example.com,1,maybe,\nc@example.com,1,yes,tomorrow\nd@example.com,1,no,\n",
        mapping={"n": {"type": "number"}, "b": {"type": "boolean"}, "d": {"type": "date"}},
    )
    assert counts(found) == (1, 0, 0, 3, 0)
    assert data_of(api, "d@example.com") == {"n": 1, "b": False}
    text = api.get(found["errorsUrl"]).text
    assert "n: 'x' is not a number" in text and "b: 'maybe' is neither true nor false" in text


@pytest.mark.parametrize(
    ("mapping", "wrong"),
    [
        ("{", {"mapping": "json"}),
        ("[1]", {"mapping": "type"}),
        ({"nope": "x", "plan": 7}, {"mapping.nope": "unknown_column", "mapping.plan": "type"}),
        ({"plan": {"type": "colour"}}, {"mapping.plan.type": "unknown_type"}),
        ({"plan": "createdAt"}, {"mapping.plan": "reserved_field"}),
        ({"plan": "x" * 256}, {"mapping.plan": "key_too_long"}),
        ({"plan": "email", "email": "email"}, {"mapping.plan": "duplicate_field"}),
        ({"email": None}, {"file": "no_email_column"}),
    ],
)
def test_faults_of_a_mapping_are_all_named(api: Api, mapping: Any, wrong: dict[str, str]) -> None:
    answer = send(api, PLAIN, mapping=mapping)
    assert (answer.status_code, problems(answer)) == (422, wrong)


def test_a_second_file_is_not_left_out_silently(api: Api) -> None:
    files = [(io.BytesIO(PLAIN.encode()), name) for name in ("a.csv", "b.csv")]
    answer = api.call("POST", "/contacts/import", data={"file": files}, content_type="multipart/form-data")
    assert (answer.status_code, problems(answer)) == (422, {"file": "too_many"})


def test_everything_wrong_with_a_form_is_named_at_once(api: Api) -> None:
    answer = send(api, PLAIN, mapping="{", segmentId="x", subscribed="maybe", delimiter="abc")
    assert problems(answer) == {
        "mapping": "json",
        "segmentId": "segment_not_found",
        "subscribed": "type",
        "delimiter": "invalid",
    }
    wrong = send(api, PLAIN, mapping={"nope": "x"}, segmentId="01890000-0000-7000-8000-000000000000")
    assert problems(wrong) == {"mapping.nope": "unknown_column", "segmentId": "segment_not_found"}


def test_a_subscribed_column_is_honoured(api: Api, imported: Import) -> None:
    api.contact("was-in@example.com")
    api.contact("was-out@example.com", subscribed=False)
    found = imported(
        "email,subscribed\nnew-in@example.com,true\nnew-out@example.com,No\nwas-in@example.com,0\n"
        "was-out@example.com,true\nsilent@example.com,\nodd@example.com,perhaps\n"
    )
    assert counts(found) == (3, 1, 1, 1, 0)
    states = {
        name: subscribed(api, f"{name}@example.com")
        for name in "new-in new-out was-in was-out silent".split()
    }
    assert states == {"new-in": True, "new-out": False, "was-in": False, "was-out": False, "silent": True}
    assert events(api, "was-in@example.com") == [
        ("contact.unsubscribed", {"source": "import", "keyKind": "secret"})
    ]
    assert events(api, "new-out@example.com") == []


def test_who_opted_out_comes_back_only_if_the_import_says_so(api: Api, imported: Import) -> None:
    api.contact("out@example.com", subscribed=False)
    for form in ({}, {"subscribed": "true"}):
        assert counts(imported("email\nout@example.com\n", **form)) == (0, 0, 1, 0, 0)
        assert subscribed(api, "out@example.com") is False
    assert counts(imported("email\nout@example.com\n", subscribed="true", resubscribe="true")) == (
        0,
        1,
        0,
        0,
        0,
    )
    assert subscribed(api, "out@example.com") is True
    assert [name for name, _ in events(api, "out@example.com")] == ["contact.subscribed"]


def test_the_form_speaks_for_rows_that_do_not(api: Api, imported: Import) -> None:
    imported("email,subscribed\na@example.com,\nb@example.com,true\n", subscribed="false")
    assert (subscribed(api, "a@example.com"), subscribed(api, "b@example.com")) == (False, True)


def test_all_are_put_into_a_static_segment(api: Api, imported: Import) -> None:
    api.contact("old@example.com", data={"plan": "pro"})
    api.contact("leaves@example.com")
    hand = api.post("/segments", {"name": "By hand", "type": "STATIC", "trackMembership": True}).json
    body = {"emails": ["leaves@example.com"]}
    assert api.post(f"/segments/{hand['id']}/members", body).status_code == 200
    found = imported(
        "email,plan,subscribed\nold@example.com,pro,\nnew@example.com,free,\nleaves@example.com,,false\nbad,,\n",
        segmentId=hand["id"],
    )
    assert counts(found) == (1, 1, 1, 1, 0)
    assert found["segmentId"] == hand["id"]
    assert api.members(hand) == {"old@example.com", "new@example.com", "leaves@example.com"}
    segment = api.get(f"/segments/{hand['id']}").json
    assert (segment["memberCount"], segment["reachableCount"]) == (3, 2)
    entries = api.get(f"/segments/{hand['id']}/history").json["data"]
    assert sorted(entry["email"] for entry in entries) == [
        "leaves@example.com",
        "new@example.com",
        "old@example.com",
    ]


def test_only_static_segments_take_members(api: Api) -> None:
    dynamic = api.segment("Pro", {"field": "data.plan", "operator": "equals", "value": "pro"})
    error_of(send(api, PLAIN, segmentId=dynamic["id"]), 400, "SEGMENT_NOT_STATIC")


def test_a_segment_that_is_deleted_meanwhile_ends_the_import(
    api: Api, app: Any, project: TestProject
) -> None:
    from plunk.jobs.running import run

    hand = api.post("/segments", {"name": "By hand", "type": "STATIC"}).json
    job_id = send(api, PLAIN, segmentId=hand["id"]).json["jobId"]
    assert api.delete(f"/segments/{hand['id']}").status_code == 204
    with app.app_context():
        run(str(project.id), job_id)
    found = api.get(f"/contacts/import/{job_id}").json
    assert (found["state"], found["failedReason"]) == (
        "failed",
        "The segment that the contacts were to be put into was deleted",
    )


def test_encoding_and_delimiter_can_be_given(api: Api, imported: Import) -> None:
    content = "email|name,surname\na@example.com|Łódź\n".encode("iso-8859-2")
    imported(content, encoding="iso-8859-2", delimiter="pipe")
    assert data_of(api, "a@example.com") == {"name,surname": "Łódź"}
    answer = send(api, PLAIN, encoding="klingon")
    assert problems(answer) == {"file": "unknown_encoding"}


def test_only_multipart_with_a_file_and_a_secret_key(api: Api, project: TestProject) -> None:
    error_of(api.post("/contacts/import", {"file": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    answer = api.call("POST", "/contacts/import", data={"x": "1"}, content_type="multipart/form-data")
    assert (answer.status_code, problems(answer)) == (422, {"file": "required"})
    error_of(send(Api(api.client, project.public_key), PLAIN), 401, "WRONG_KEY_KIND")
    broken = api.call("POST", "/contacts/import", data=b"--x\r\nnonsense", content_type="multipart/form-data")
    assert broken.status_code == 422


def test_another_projects_imports_and_segments_are_unknown(
    api: Api, imported: Import, other_api: Api
) -> None:
    hand = other_api.post("/segments", {"name": "Theirs", "type": "STATIC"}).json
    assert problems(send(api, PLAIN, segmentId=hand["id"])) == {"segmentId": "segment_not_found"}
    job_id = imported(PLAIN + "bad,\n")["id"]
    for path in (f"/contacts/import/{job_id}", f"/contacts/import/{job_id}/errors"):
        assert api.get(path).status_code == 200
        error_of(other_api.get(path), 404, "IMPORT_NOT_FOUND")
    error_of(other_api.post(f"/contacts/import/{job_id}/cancel"), 404, "IMPORT_NOT_FOUND")
    error_of(api.get("/contacts/import/nonsense"), 404, "IMPORT_NOT_FOUND")
    assert other_api.get("/contacts/import").json["total"] == 0


def test_a_preview_shows_what_an_import_would_do(api: Api) -> None:
    rows = "".join(f"p{n}@example.com,{n},2026-01-0{n % 9 + 1},0{n}\n" for n in range(30))
    shown = send(
        api,
        "E-Mail;x\n".replace(";x", ",score,joined,zip") + rows + "bad,1,,1\n",
        path="/contacts/import/preview",
    )
    found = shown.json
    assert (found["encoding"], found["delimiter"]) == ("utf-8", ",")
    assert [(each["name"], each["field"], each["type"], each["holdsCodes"]) for each in found["columns"]] == [
        ("E-Mail", "email", "string", False),
        ("score", "data.score", "number", False),
        ("joined", "data.joined", "date", False),
        ("zip", "data.zip", "string", True),
    ]
    assert found["columns"][1]["samples"] == ["0", "1", "2"]
    assert len(found["rows"]) == 20
    assert found["rows"][0] == {
        "line": 2,
        "cells": ["p0@example.com", "0", "2026-01-01", "00"],
        "problem": None,
    }
    assert [problem["line"] for problem in found["problems"]] == [32]
    assert (found["problemCount"], found["lookedAt"], found["isAll"]) == (1, 31, True)
    assert api.get("/contacts").json["total"] == 0
