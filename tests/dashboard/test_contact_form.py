"""Adding and editing a contact, without a browser."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.api import Api
from tests.dashboard.contact_pages import LIST, of
from tests.dashboard.visiting import Visit, hidden, words


def stored(api: Api, email: str, **fields) -> dict:
    """A new contact as it is read."""
    return api.get(f"/contacts/{api.contact(email, **fields)['id']}").json


def sent(*rows: tuple[str, str, str, str], **fields: str) -> dict:
    """A form of the editor, from `(key, type, value, what it was)`."""
    columns = dict(zip(("key", "kind", "value", "was"), map(list, zip(*rows, strict=True)), strict=True))
    return {**fields, **columns}


def test_somebody_is_added_by_hand_subscribed_with_typed_data(owner: Visit, api: Api) -> None:
    assert re.search(r'name="subscribed" value="on" checked', owner.get(LIST + "/new").text)
    rows = [
        ("name", "string", "Ada", ""),
        ("seats", "number", "12.5", ""),
        ("vip", "boolean", "true", ""),
        ("since", "date", "2026-01-02", ""),
        ("tags", "list", "a\r\n\r\n b ", ""),
        ("address", "json", '{"city": "Köln", "value": 1}', ""),
        ("", "string", "", ""),
    ]
    form = sent(*rows, email=" Ada@Example.com ", subscribed="on")
    response = owner.post(LIST + "/new", form)
    assert response.status_code == 303, words(response)
    contact = api.get("/contacts/by-email/ada@example.com").json
    assert contact["subscribed"] is True and response.location.endswith(contact["id"])
    assert contact["data"] == {
        "name": "Ada",
        "seats": 12.5,
        "vip": True,
        "since": "2026-01-02",
        "tags": ["a", "b"],
        "address": {"city": "Köln", "value": 1},
    }
    owner.post(LIST + "/new", {"email": "bob@example.com"})
    assert api.get("/contacts/by-email/bob@example.com").json["subscribed"] is False


def test_somebody_known_is_not_touched(owner: Visit, api: Api) -> None:
    contact = stored(api, "ada@example.com", data={"plan": "pro"})
    form = sent(("plan", "string", "free", ""), email="ADA@example.com", subscribed="on")
    response = owner.post(LIST + "/new", form)
    assert response.status_code == 422 and "has this e-mail address" in words(response)
    assert f"/contacts/{contact['id']}" in response.text
    assert api.get(f"/contacts/{contact['id']}").json == contact


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("seats", "number", "12,5", ""), "Write a number such as 1234.5"),
        (("seats", "number", "9" * 40, ""), "Write a number"),
        (("vip", "boolean", "maybe", ""), "Write yes or no"),
        (("since", "date", "soon", ""), "Write a date such as"),
        (("tags", "json", "{", ""), "The text is not valid JSON"),
        (("tags", "json", '"\\u0000"', ""), "U+0000"),
        (("tags", "json", "[" * 40 + "]" * 40, ""), "nested"),
        (("", "string", "x", ""), "Give it a name"),
        (("name", "string", "", ""), "Give it a value"),
        (("email", "string", "x", ""), "belongs to plunk"),
        (("locale", "string", "xx", ""), "ISO 639-1"),
        (("k" * 300, "string", "x", ""), "too long"),
        (("text", "string", "x" * 70_000, ""), "larger than"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_and_nothing_is_lost(owner: Visit, row: tuple, said: str) -> None:
    owner.get(LIST + "/new")
    form = sent(row, ("kept", "string", "as it was", ""), email="ada@example.com")
    response = owner.post(LIST + "/new", form)
    assert response.status_code == 422 and said in words(response)
    assert 'value="as it was"' in response.text and 'value="ada@example.com"' in response.text


def test_two_rows_of_one_name_are_refused(owner: Visit) -> None:
    owner.get(LIST + "/new")
    form = sent(("a", "string", "1", ""), ("a", "string", "2", ""), email="ada@example.com")
    assert "of this name already" in words(owner.post(LIST + "/new", form))


def rows_of(page: str) -> list[tuple[str, str, str, str]]:
    """What the editor of a page would send, unchanged, but for the rows of a browser without a script."""
    page = re.sub(r"<(noscript|template).*?</\1>", "", page, flags=re.DOTALL)
    rows = []
    for part in page.split("data-datum>")[1:]:
        key, was = (re.search(rf'name="{name}" value="([^"]*)"', part)[1] for name in ("key", "was"))
        kind = re.search(r'<option value="([^"]*)" selected', part)[1]
        box = re.search(r'name="value"[^>]*?value="([^"]*)"|<textarea name="value"[^>]*>\n?([^<]*)', part)
        truth = re.search(r'<select name="value".*<option value="(\w+)" selected', part)
        value = truth[1] if truth else box[1] if box[1] is not None else box[2]
        rows.append(tuple(unescape(text) for text in (key, kind, value, was)))
    return rows


ODD = {
    "text": "a\r\nb",
    "quotes": "\"<>&'",
    "spaces": "  x  ",
    "zero": 0,
    "large": 9007199254740993,
    "tiny": 1e-7,
    "huge": 1.5e300,
    "no": False,
    "day": "2026-02-03",
    "moment": "2026-02-03T04:05:06Z",
    "list": ["a", "b"],
    "numbers": [1, 2],
    "empty": [],
    "blank": ["", " x"],
    "deep": {"a": {"b": [None, 1]}},
    "wrapped": {"a": 1},
    "long": "word " * 40,
    "مفتاح": "قيمة",
}


def test_a_form_that_is_sent_as_it_came_changes_nothing(owner: Visit, api: Api) -> None:
    contact = stored(api, "ada@example.com", data=ODD)
    rows = rows_of(owner.get(of(contact) + "/edit").text)
    assert len(rows) == len(ODD)
    sent_by_browser = [
        (key, kind, value.replace("\r\n", "\n").replace("\n", "\r\n"), was) for key, kind, value, was in rows
    ]
    response = owner.post(of(contact) + "/edit", sent(*sent_by_browser, email="ada@example.com"))
    assert response.status_code == 303, words(response)
    assert api.get(f"/contacts/{contact['id']}").json == contact


def test_data_is_edited_key_by_key_and_others_changes_stay(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com", data={"plan": "free", "seats": 1, "old": "x", "gone": "y"})
    page = owner.get(of(contact) + "/edit").text
    rows = {row[0]: row for row in rows_of(page)}
    api.contact("ada@example.com", data={"seats": 99})  # by somebody else, meanwhile
    rows["plan"] = ("plan", "string", "pro", rows["plan"][3])
    rows["old"] = ("old", "string", " ", rows["old"][3])
    form = sent(*rows.values(), ("new", "number", "3", ""), email="ada@new.example.com", remove="gone")
    form["seen"] = hidden(page)["seen"]
    assert owner.post(of(contact) + "/edit", form).status_code == 303
    found = api.get(f"/contacts/{contact['id']}").json
    assert found["data"] == {"plan": "pro", "seats": 99, "new": 3}
    assert found["email"] == "ada@new.example.com"
    assert "Saved" in owner.get(of(contact)).text
    assert "fields: email, gone, new, old, plan" in words(owner.get("{project}/settings/audit"))


def test_an_address_that_is_taken_or_none_is_refused_at_its_field(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com")
    api.contact("bob@example.com")
    for email in ("bob@example.com", "nonsense"):
        response = owner.post(of(contact) + "/edit", {"email": email})
        assert response.status_code == 422 and 'id="f-email-error"' in response.text
    assert api.get(f"/contacts/{contact['id']}").json["email"] == "ada@example.com"
