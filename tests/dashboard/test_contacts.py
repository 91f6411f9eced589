"""The list of contacts, one contact, adding one: as pages, without a browser."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.api import Api
from tests.dashboard.visiting import Visit, hidden

LIST = "{project}/contacts"


def words(response) -> str:
    """What a page says, without its elements."""
    content = response.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", content)))


def emails(response) -> list[str]:
    """The addresses of a list, in its order."""
    return re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', response.text)


def of(contact: dict) -> str:
    return f"{{project}}/contacts/{contact['id']}"


def stored(api: Api, email: str, **fields) -> dict:
    """A new contact as it is read."""
    return api.get(f"/contacts/{api.contact(email, **fields)['id']}").json


def sent(*rows: tuple[str, str, str, str], **fields: str) -> dict:
    """A form of the editor, from `(key, type, value, what it was)`."""
    columns = dict(zip(("key", "kind", "value", "was"), map(list, zip(*rows, strict=True)), strict=True))
    return {**fields, **columns}


def test_an_empty_project_says_what_to_do_next(owner: Visit) -> None:
    response = owner.get(LIST)
    assert "No contacts yet" in words(response)
    assert "/contacts/new" in response.text and "/imports" in response.text
    assert "checkbox" not in response.text and "Search" not in words(response)


def test_the_list_is_searched_filtered_and_sorted(owner: Visit, api: Api) -> None:
    for name in ("bea@one.example.com", "ada@two.example.com", "cleo@one.example.com"):
        api.contact(name, subscribed=not name.startswith("c"))
    assert emails(owner.get(LIST)) == ["cleo@one.example.com", "ada@two.example.com", "bea@one.example.com"]
    assert emails(owner.get(LIST + "?search=ONE.ex")) == ["cleo@one.example.com", "bea@one.example.com"]
    assert emails(owner.get(LIST + "?sort=email"))[0] == "ada@two.example.com"
    assert emails(owner.get(LIST + "?sort=email&dir=desc"))[0] == "cleo@one.example.com"
    found = owner.get(LIST + "?subscribed=no")
    assert emails(found) == ["cleo@one.example.com"] and "1 of 3 are unsubscribed" in words(found)
    assert "3 contacts · 2 subscribed" in words(owner.get(LIST))
    assert "2 contacts match" in words(owner.get(LIST + "?search=one"))
    assert "Nobody matches" in words(owner.get(LIST + "?search=%25"))
    assert 'aria-sort="ascending"' in owner.get(LIST + "?sort=email").text


@pytest.mark.parametrize(
    "query", ["?sort=x&dir=y&subscribed=maybe", "?search=%00%ff", "?search=" + "x" * 4000]
)
def test_an_odd_address_is_no_error(owner: Visit, api: Api, query: str) -> None:
    api.contact("ada@example.com")
    assert owner.get(LIST + query).status_code == 200


def test_pages_follow_each_other_and_a_foreign_cursor_leads_to_the_first(owner: Visit, api: Api) -> None:
    events = [{"email": f"p{n:03}@example.com", "event": "x"} for n in range(120)]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    seen, path = [], LIST + "?sort=email"
    while path:
        response = owner.get(path)
        assert "120 contacts" in words(response)
        seen += emails(response)
        following = re.search(r'rel="next" href="([^"]+)"', response.text)
        path = unescape(following[1]) if following else ""
    assert seen == [f"p{n:03}@example.com" for n in range(120)]
    assert "More than 50 contacts match" in words(owner.get(LIST + "?search=p"))
    response = owner.get(LIST + "?cursor=nonsense&search=p")
    assert response.status_code == 303 and response.location.endswith("/contacts/?search=p")


def test_columns_are_chosen_and_remembered_for_each_project(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro", "seats": 2026, "<b>": "x", "note": "hello"})
    owner.get(LIST)
    response = owner.post(LIST + "/columns?search=ada", {"key": ["seats", "<b>", "unknown"]})
    assert response.status_code == 303 and response.location.endswith("?search=ada")
    page = owner.get(LIST)
    heads = re.findall(r'<th scope="col" class="clip"[^>]+>([^<]+)', page.text)
    assert [unescape(head) for head in heads] == ["seats", "<b>"]
    assert 'data-label="seats" dir="auto">2026<' in page.text
    owner.post(LIST + "/columns")
    assert 'class="clip"' not in owner.get(LIST).text


def test_a_spoilt_or_overlong_choice_of_columns_is_no_error(owner: Visit, api: Api) -> None:
    keys = ["ключ" * 60 + str(n) for n in range(12)]
    api.contact("ada@example.com", data={key: n for n, key in enumerate(keys)})
    owner.get(LIST)
    response = owner.post(LIST + "/columns", {"key": keys})
    assert len(response.headers["Set-Cookie"]) < 4096
    assert 0 < len(re.findall(r'<th scope="col" class="clip"', owner.get(LIST).text)) <= 8
    name = response.headers["Set-Cookie"].partition("=")[0]
    for value in ("x", "WzEsIFtdXQ==", "e30=", "////"):
        path = f"/dashboard/{owner.project_id}"
        owner.client.set_cookie(name, value, path=path)
        assert owner.get(LIST).status_code == 200


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
        (("vip", "boolean", "maybe", ""), "Write true or false"),
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
        truth = re.search(r"<option selected>(\w+)", part)
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
    assert "Saved." in owner.get(of(contact)).text


def test_an_address_that_is_taken_or_none_is_refused_at_its_field(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com")
    api.contact("bob@example.com")
    for email in ("bob@example.com", "nonsense"):
        response = owner.post(of(contact) + "/edit", {"email": email})
        assert response.status_code == 422 and 'id="f-email-error"' in response.text
    assert api.get(f"/contacts/{contact['id']}").json["email"] == "ada@example.com"


def test_a_contact_shows_what_is_known_and_what_happened(owner: Visit, api: Api) -> None:
    segment = api.segment(
        "Pros", {"field": "data.plan", "operator": "equals", "value": "pro"}, trackMembership=True
    )
    api.track("ada@example.com", "signed up", data={"source": "ads & more"})
    contact = api.contact("ada@example.com", data={"plan": "pro", "tags": ["x", "y"]})
    text = words(owner.get(of(contact)))
    for said in (
        "ada@example.com",
        "plan pro",
        "signed up",
        "ads & more",
        "Entered Pros",
        "Became a contact",
    ):
        assert said in text, said
    assert "Pros" in text.partition("Segments")[2], segment
    assert "subscribed" in text


def test_the_story_goes_back_page_by_page(owner: Visit, api: Api) -> None:
    for n in range(40):
        contact = api.track("ada@example.com", f"step {n:02}")["contact"]
    seen, path = [], f"{{project}}/contacts/{contact}"
    while path:
        page = owner.get(path)
        seen += re.findall(r">(step \d\d)</a>", page.text.partition('id="story"')[2].partition("</ol>")[0])
        older = re.search(r'class="story-more"><a [^>]*href="([^"]+)"', page.text)
        path = unescape(older[1]) if older else ""
    assert seen == [f"step {n:02}" for n in reversed(range(40))]
    assert owner.get(f"{{project}}/contacts/{contact}?cursor=x").status_code == 303


def test_a_subscription_is_switched_with_a_reason_and_its_history_is_shown(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com")
    owner.get(of(contact))
    owner.post(of(contact) + "/subscription", {"subscribed": "no", "reason": "Asked by <b>phone</b>"})
    assert api.get(f"/contacts/{contact['id']}").json["subscribed"] is False
    (event,) = api.get(f"/events/contact/{contact['id']}").json["events"]
    assert event["name"] == "contact.unsubscribed"
    assert event["data"] == {"source": "dashboard", "keyKind": "session", "reason": "Asked by <b>phone</b>"}
    text = words(owner.get(of(contact)))
    assert "by hand in the dashboard" in text and "Asked by <b>phone</b>" in text
    owner.post(of(contact) + "/subscription", {"subscribed": "yes"})
    assert api.get(f"/contacts/{contact['id']}").json["subscribed"] is True


def test_a_contact_is_deleted_and_the_log_keeps_no_address(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@private.example.com")
    owner.get(of(contact))
    assert owner.post(of(contact) + "/delete").status_code == 303
    assert api.get(f"/contacts/{contact['id']}").status_code == 404
    assert owner.get(of(contact)).status_code == 404
    log = owner.get("{project}/settings/audit").text
    assert "deleted a contact" in log and contact["id"] in log and "private.example.com" not in log
