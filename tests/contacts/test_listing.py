"""`GET /contacts`: pages that stay stable, search, filters and order."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.web.envelope import error_of

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def people(api: Api) -> list[str]:
    """Addresses in the order of creation, which is not the order of the alphabet."""
    emails = [f"{LETTERS[(7 * n) % 26]}@example.com" for n in range(23)]
    for email in emails:
        api.contact(email)
    return emails


def walk(api: Api, between=lambda: None, **query: object) -> list[str]:
    """All pages, one after the other."""
    seen, cursor = [], {}
    while True:
        page = api.get("/contacts", **query, **cursor).json
        seen += [contact["email"] for contact in page["data"]]
        assert (page["cursor"] is None) == (not page["hasMore"])
        if not page["hasMore"]:
            return seen
        cursor = {"cursor": page["cursor"]}
        between()


ORDERS = [({}, "created", True), ({"sort": "createdAt", "dir": "asc"}, "created", False)]
ORDERS += [({"dir": "asc"}, "created", False), ({"sort": "email"}, "email", True)]
ORDERS += [
    ({"sort": "email", "dir": "asc"}, "email", False),
    ({"sort": "email", "dir": "desc"}, "email", True),
]


@pytest.mark.parametrize("limit", [1, 4, 22, 23, 24, 100])
@pytest.mark.parametrize(("order", "by", "descending"), ORDERS)
def test_the_pages_together_hold_everybody_once_in_order(
    api: Api, people: list[str], order: dict, by: str, descending: bool, limit: int
) -> None:
    expected = people if by == "created" else sorted(people)
    assert walk(api, limit=limit, **order) == (expected[::-1] if descending else expected)


def test_the_first_page_counts_and_the_others_do_not(api: Api, people: list[str]) -> None:
    first = api.get("/contacts", limit=10).json
    assert (len(first["data"]), first["hasMore"], first["total"]) == (10, True, 23)
    second = api.get("/contacts", limit=10, cursor=first["cursor"]).json
    assert (len(second["data"]), second["hasMore"], second["total"]) == (10, True, 0)
    last = api.get("/contacts", limit=10, cursor=second["cursor"]).json
    assert (len(last["data"]), last["hasMore"], last["cursor"], last["total"]) == (3, False, None, 0)


def test_twenty_to_a_page_unless_told_otherwise(api: Api, people: list[str]) -> None:
    assert len(api.get("/contacts").json["data"]) == 20


def test_an_empty_cursor_begins(api: Api, people: list[str]) -> None:
    assert api.get("/contacts", cursor="").json == api.get("/contacts").json


@pytest.mark.parametrize("order", [{"sort": "email", "dir": "asc"}, {"sort": "email"}, {}, {"dir": "asc"}])
def test_pages_stay_stable_while_rows_come_and_go(api: Api, people: list[str], order: dict) -> None:
    numbers = iter(range(1000))
    newcomers = set()

    def disturb() -> None:
        n = next(numbers)
        newcomers.add(api.contact(f"{LETTERS[(5 * n) % 26]}{n}-new@example.com")["email"])
        victim = api.contact(f"victim{n}@example.com")
        newcomers.add(victim["email"])
        api.delete(f"/contacts/{victim['id']}")

    seen = [email for email in walk(api, disturb, limit=2, **order) if email not in newcomers]
    assert sorted(seen) == sorted(people), "each of the old ones, exactly once"


def test_a_page_goes_on_behind_a_row_that_is_gone(api: Api, people: list[str]) -> None:
    page = api.get("/contacts", limit=5, sort="email", dir="asc").json
    api.delete(f"/contacts/{page['data'][-1]['id']}")
    rest = api.get("/contacts", limit=100, sort="email", dir="asc", cursor=page["cursor"]).json
    assert [contact["email"] for contact in rest["data"]] == sorted(people)[5:]


def test_contacts_of_the_same_moment_are_neither_lost_nor_doubled(api: Api) -> None:
    items = [{"email": f"n{n}@example.com", "event": "e"} for n in range(60)]
    api.post("/v1/track/batch", {"events": items})
    for direction in ("asc", "desc"):
        seen = walk(api, limit=7, dir=direction)
        assert sorted(seen) == sorted(item["email"] for item in items)


def test_only_the_subscribed_or_only_the_others(api: Api) -> None:
    api.contact("in@example.com")
    api.contact("out@example.com", subscribed=False)
    for subscribed, email in (("true", "in@example.com"), ("false", "out@example.com")):
        answer = api.get("/contacts", subscribed=subscribed).json
        assert ([contact["email"] for contact in answer["data"]], answer["total"]) == ([email], 1)


FOUND = [
    ("ada", {"ada@example.com", "ada_b@example.com"}),
    ("ADA", {"ada@example.com", "ada_b@example.com"}),
    ("@example.com", {"ada@example.com", "ada_b@example.com", "a%b@example.com", "a/b@example.com"}),
    ("_", {"ada_b@example.com"}),
    ("a_", {"ada_b@example.com"}),
    ("%", {"a%b@example.com"}),
    ("a%b", {"a%b@example.com"}),
    ("%25", set()),
    ("\\", set()),
    ("\\%", set()),
    ("/", {"a/b@example.com"}),
    ("a/", {"a/b@example.com"}),
    ("/_", set()),
    ("JOSÉ", {"josé@example.org"}),
    ("jose\u0301", {"josé@example.org"}),
    ("nobody", set()),
    ("'", {"o'neil@example.org"}),
    ("", {"ada@example.com", "ada_b@example.com", "a%b@example.com", "a/b@example.com"}
     | {"josé@example.org", "o'neil@example.org"}),
    ("x" * 400, set()),
]  # fmt: skip


@pytest.mark.parametrize(("search", "found"), FOUND)
def test_search_takes_every_character_for_itself(api: Api, search: str, found: set[str]) -> None:
    emails = ["ada@example.com", "ada_b@example.com", "a%b@example.com", "a/b@example.com"]
    for email in [*emails, "josé@example.org", "o'neil@example.org"]:
        api.contact(email)
    answer = api.get("/contacts", search=search)
    assert {contact["email"] for contact in answer.json["data"]} == found
    assert answer.json["total"] == len(found)


def test_search_filter_order_and_pages_go_together(api: Api, people: list[str]) -> None:
    for email in people[:6]:
        api.contact(email, subscribed=False)
    api.contact("zz@example.org", subscribed=False)
    query = {"search": "@EXAMPLE.com", "subscribed": "false", "sort": "email", "dir": "asc", "limit": 2}
    assert walk(api, **query) == sorted(people[:6])
    assert api.get("/contacts", **query).json["total"] == 6


def test_an_unknown_order_is_422(api: Api) -> None:
    error_of(api.get("/contacts", sort="data.plan"), 422)
    error_of(api.get("/contacts", dir="ASC"), 422)
