"""GET /segments/{id}/contacts: who is in, page by page, as it is now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, problems
from tests.segments.rules import names, people, plan_is, static

LETTERS = "abcdefg"


@pytest.fixture(params=["DYNAMIC", "STATIC"])
def seven(api: Api, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A segment of seven, the newest of whom is g, beside somebody who is not in it."""
    people(api, *LETTERS, data={"plan": "pro"})
    people(api, "outside")
    if request.param == "DYNAMIC":
        return api.segment("Seven", plan_is("pro"))
    return static(api, "Seven", *(f"{letter}@example.com" for letter in LETTERS))


def test_pages_by_number_hold_everybody_once_newest_first(api: Api, seven: dict[str, Any]) -> None:
    path = f"/segments/{seven['id']}/contacts"
    pages = [api.get(path, page=page, pageSize=3) for page in (1, 2, 3, 4)]
    assert [names(page) for page in pages] == [["g", "f", "e"], ["d", "c", "b"], ["a"], []]
    for number, page in enumerate(pages, 1):
        told = {key: value for key, value in page.json.items() if key != "data"}
        assert told == {"total": 7, "page": number, "pageSize": 3, "totalPages": 3}


def test_a_contact_on_a_page_is_a_whole_contact(api: Api, seven: dict[str, Any]) -> None:
    first = api.get(f"/segments/{seven['id']}/contacts", pageSize=1).json["data"][0]
    assert first == api.get(f"/contacts/{first['id']}").json


def test_without_a_size_twenty_come(api: Api) -> None:
    emails = [f"n{number}@example.com" for number in range(105)]
    friends = static(api, "Friends")
    body = {"emails": emails, "createMissing": True}
    assert api.post(f"/segments/{friends['id']}/members", body).json["added"] == 105
    path = f"/segments/{friends['id']}/contacts"
    assert len(api.get(path).json["data"]) == 20
    assert len(api.get(path, cursor="").json["data"]) == 20
    # Sizes are pulled into 1 to 100.
    assert api.get(path, pageSize=500).json["pageSize"] == 100
    assert len(api.get(path, pageSize=500).json["data"]) == 100
    assert api.get(path, pageSize=0).json["pageSize"] == 1
    assert len(api.get(path, cursor="", pageSize=500).json["data"]) == 100


def test_pages_by_cursor_hold_everybody_once_newest_first(api: Api, seven: dict[str, Any]) -> None:
    path = f"/segments/{seven['id']}/contacts"
    pages = [api.get(path, cursor="", pageSize=3)]
    while pages[-1].json["hasMore"]:
        pages.append(api.get(path, cursor=pages[-1].json["cursor"], pageSize=3))
    assert [names(page) for page in pages] == [["g", "f", "e"], ["d", "c", "b"], ["a"]]
    assert [page.json["total"] for page in pages] == [7, 0, 0]
    assert pages[-1].json["cursor"] is None


def test_pages_by_cursor_stay_in_place_while_rows_come_and_go(api: Api, seven: dict[str, Any]) -> None:
    path = f"/segments/{seven['id']}/contacts"
    first = api.get(path, cursor="", pageSize=3)
    assert names(first) == ["g", "f", "e"]
    # The row the cursor stands on goes, one before it, one behind it, and two new ones come.
    for contact in (first.json["data"][2], first.json["data"][0]):
        api.delete(f"/contacts/{contact['id']}")
    gone = api.get("/contacts/by-email/c@example.com").json
    api.delete(f"/contacts/{gone['id']}")
    people(api, "h", "i", data={"plan": "pro"})
    if seven["type"] == "STATIC":
        emails = ["h@example.com", "i@example.com"]
        api.post(f"/segments/{seven['id']}/members", {"emails": emails})
    second = api.get(path, cursor=first.json["cursor"], pageSize=3)
    assert names(second) == ["d", "b", "a"]
    assert second.json["hasMore"] is False


@pytest.mark.parametrize("seven", ["DYNAMIC"], indirect=True)
def test_a_contact_is_judged_as_it_is_now(api: Api, seven: dict[str, Any]) -> None:
    api.contact("a@example.com", data={"plan": "free"})
    api.contact("outside@example.com", data={"plan": "pro"})
    api.track("new@example.com", "signed_up", data={"plan": "pro"})
    assert names(api.get(f"/segments/{seven['id']}/contacts")) == ["new", "outside", *"gfedcb"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page": 0}, "page"),
        ({"page": -1}, "page"),
        ({"page": "two"}, "page"),
        ({"pageSize": "many"}, "pageSize"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "\x00"}, "cursor"),
        ({"cursor": "é😀"}, "cursor"),
    ],
)
def test_a_bad_place_in_the_list_is_refused(api: Api, query: dict[str, Any], field: str) -> None:
    made = api.segment("Payers", plan_is("pro"))
    response = api.get(f"/segments/{made['id']}/contacts", **query)
    assert (response.status_code, list(problems(response))) == (422, [field])


def test_a_page_far_beyond_the_end_is_empty(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    response = api.get(f"/segments/{made['id']}/contacts", page=10**30)
    assert (names(response), response.json["totalPages"]) == ([], 0)


def test_the_cursor_of_another_list_is_refused(api: Api, other_api: Api) -> None:
    for each in (api, other_api):
        people(each, *LETTERS, data={"plan": "pro"})
    made = api.segment("Payers", plan_is("pro"))
    other = api.segment("Others", plan_is("pro"))
    theirs = other_api.segment("Theirs", plan_is("pro"))
    cursors = [
        api.get(f"/segments/{other['id']}/contacts", cursor="", pageSize=2).json["cursor"],
        other_api.get(f"/segments/{theirs['id']}/contacts", cursor="", pageSize=2).json["cursor"],
        api.get("/contacts", limit=2).json["cursor"],
    ]
    for cursor in cursors:
        response = api.get(f"/segments/{made['id']}/contacts", cursor=cursor)
        assert (response.status_code, problems(response)) == (422, {"cursor": "invalid_cursor"})
