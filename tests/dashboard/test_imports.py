"""Imports in the dashboard, without a browser: upload, mapping, start, what came of it."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask

from plunk.config import Settings
from plunk.testing.apps import new_project
from tests.api import Api
from tests.dashboard.visiting import Visit, visiting
from tests.live import work_off

CSV = """Mail address,First Name,plan,code
ada@example.com,Ada,pro,007
nobody,Bob,free,12
grace@example.com,Grace,pro,3
"""


def upload(visit: Visit, text: str = CSV, name: str = "people.csv"):
    return visit.post("{project}/imports/new", {"file": (io.BytesIO(text.encode()), name)})


def uploaded(visit: Visit, text: str = CSV, name: str = "people.csv") -> str:
    """The path of the mapping page."""
    response = upload(visit, text, name)
    assert response.status_code == 303, response.text
    return response.location


def chosen(page: str) -> dict[str, str]:
    """The form as the page has it."""
    found = {
        name: re.search(r'value="([^"]*)"', rest)[1]
        for name, rest in re.findall(r'<input name="(key-\d+)"([^>]*)', page)
    }
    for name, inside in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S
    ) + re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        picked = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = picked[1] if picked else ""
    return found


def test_columns_are_guessed_by_their_cells_and_by_the_fields_there_are(owner: Visit, api: Api) -> None:
    api.contact("old@example.com", data={"firstName": "Old"})
    page = owner.get(uploaded(owner))
    form = chosen(page.text)
    assert [form[f"field-{n}"] for n in range(4)] == ["email", "data", "data", "data"]
    assert [form[f"key-{n}"] for n in range(1, 4)] == ["firstName", "plan", "code"]
    assert "Holds codes" in page.text and "Line 3:" in page.text
    assert api.get("/contacts").json["total"] == 1, "nothing is stored before it is started"


@pytest.mark.usefixtures("alone")
def test_a_file_goes_from_the_upload_into_a_new_segment(settings: Settings, owner: Visit, api: Api) -> None:
    path = uploaded(owner)
    form = chosen(owner.get(path).text) | {
        "field-2": "skip",
        "segment": "new",
        "segment_name": "From the fair",
    }
    started = owner.post(path, {**form, "act": "start"})
    assert started.status_code == 303, started.text
    again = owner.post(path, {**form, "act": "start"})
    assert again.location == started.location, "twice begins once"
    assert "hx-trigger" in owner.get(started.location).text
    work_off(settings)
    page = owner.get(started.location).text
    assert "finished" in page and "every 1s" not in page
    counts = re.findall(r"<dd>(\d+)</dd>", page)
    assert counts == ["2", "0", "0", "1", "0"]
    assert "nobody" in page and "From the fair" in page
    segment = next(each for each in api.get("/segments").json if each["name"] == "From the fair")
    assert segment["memberCount"] == 2
    ada = api.get("/contacts/by-email/ada@example.com").json
    assert ada["data"] == {"First Name": "Ada", "code": "007"} and ada["subscribed"] is True
    csv = owner.get(f"{started.location}/rejected.csv")
    assert csv.mimetype == "text/csv" and csv.text.splitlines()[1].startswith("3,")
    again = chosen(owner.get(uploaded(owner, csv.text.replace("nobody", "bob@example.com"))).text)
    assert [again[f"field-{n}"] for n in range(3)] == ["skip", "skip", "email"], (
        "mended, it can be sent again"
    )
    assert "people.csv" in owner.get("{project}/imports").text


def test_a_file_without_headings_is_told_as_such(owner: Visit) -> None:
    page = owner.get(uploaded(owner, "ada@example.com,Ada\ngrace@example.com,Grace\n")).text
    assert "does not seem to name the columns" in page
    assert "does not seem to name the columns" not in owner.get(uploaded(owner)).text


def test_a_mapping_that_cannot_be_is_refused_where_it_was_chosen(owner: Visit) -> None:
    path = uploaded(owner)
    form = chosen(owner.get(path).text)
    for change, message in [
        (
            {"field-0": "skip"},
            "<span>The file has no e-mail column. Name one column email, or say which one it is",
        ),
        ({"field-1": "email"}, "would both become email; skip one of them"),
        ({"key-1": "plan"}, "would both become"),
        ({"key-1": " "}, "Name the field"),
        ({"key-1": "createdAt"}, "cannot be set by an import"),
        ({"type-1": "nonsense"}, "Must be one of"),
        ({"segment": "new"}, "Give the new segment a name"),
        ({"segment": "01890000-0000-7000-8000-000000000000"}, "No such segment"),
        ({"segment": "x"}, "Choose one of the list"),
    ]:
        for act in ("check", "start"):
            response = owner.post(path, {**form, **change, "act": act})
            assert response.status_code == 422, change
            assert message in response.text, change


def test_a_name_that_is_taken_keeps_the_import_from_starting(owner: Visit, api: Api) -> None:
    api.post("/segments", {"name": "Taken", "type": "STATIC"})
    path = uploaded(owner)
    form = chosen(owner.get(path).text) | {"segment": "new", "segment_name": "Taken", "act": "start"}
    response = owner.post(path, form)
    assert response.status_code == 422 and 'id="f-segment_name-error"' in response.text
    assert owner.get(path).status_code == 200, "it can still be started"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("PK\x03\x04x", "ZIP archive"),
        ("a,b\n1,2\n", "No column of the file holds e-mail addresses"),
        ("email,a,a\n", "more than once"),
    ],
)
def test_what_is_no_list_of_contacts_is_refused_with_a_sentence(
    owner: Visit, content: str, message: str
) -> None:
    response = upload(owner, content)
    assert response.status_code == 422 and message in response.text


def test_without_a_file_the_form_says_so(owner: Visit) -> None:
    response = owner.post("{project}/imports/new", {})
    assert response.status_code == 422 and "Choose a CSV file first" in response.text


def test_a_file_that_is_too_large_is_refused(
    app: Flask, owner: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "plunk.dashboard.ground.room.settings",
        lambda: type("S", (), {"max_import_bytes": 50, "max_body_bytes": 50}),
    )
    answer = upload(owner)
    assert answer.status_code == 413 and "a smaller file" in answer.text


def test_an_upload_waits_in_the_list_until_it_is_discarded(owner: Visit) -> None:
    path = uploaded(owner)
    assert "Not started yet" in owner.get("{project}/imports").text
    assert owner.get(path.removesuffix("/map")).location == path
    assert owner.post(path.removesuffix("/map") + "/discard").status_code == 303
    assert "people.csv" not in owner.get("{project}/imports").text
    assert owner.get(path).status_code == 404
    assert owner.post(path, {"act": "start"}).status_code == 404


@pytest.mark.usefixtures("alone")
def test_an_import_is_cancelled_and_what_ended_is_not(settings: Settings, owner: Visit) -> None:
    path = uploaded(owner)
    owner.post(path, {**chosen(owner.get(path).text), "act": "start"})
    place = path.removesuffix("/map")
    assert owner.post(f"{place}/cancel").status_code == 303
    assert "It was cancelled" in owner.get(place).text
    owner.post(f"{place}/cancel")
    assert "ended already" in owner.get(place).text
    assert owner.post(f"{place}/discard").status_code == 404, "only what was never started"
    work_off(settings)


def test_files_of_others_do_not_exist(app: Flask, owner: Visit) -> None:
    path = uploaded(owner)
    other = visiting(app, new_project(app, "Other").id)
    theirs = path.replace(str(owner.project_id), str(other.project_id))
    for each in (theirs, theirs.removesuffix("/map")):
        assert other.get(each).status_code == 404
    for each in (theirs, theirs.removesuffix("/map") + "/discard", theirs.removesuffix("/map") + "/cancel"):
        assert other.post(each, {"act": "start"}).status_code == 404
