"""What is offered to somebody who types: addresses, values, names of events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, problems


def suggested(api: Api, search: str, **query: Any) -> list[str]:
    response = api.get("/contacts/suggestions", search=search, **query)
    assert response.status_code == 200, response.json
    return [contact["email"] for contact in response.json["data"]]


def values(api: Api, field: str, **query: Any) -> list[tuple[Any, int]]:
    response = api.get(f"/contacts/fields/{field}/values", **query)
    assert response.status_code == 200, response.json
    return [(each["value"], each["count"]) for each in response.json["values"]]


def names(api: Api, **query: Any) -> list[str]:
    response = api.get("/events/names", **query)
    assert response.status_code == 200, response.json
    return list(response.json["eventNames"])


@pytest.fixture
def addresses(api: Api, other_api: Api) -> Api:
    for email in (
        "ann@example.com",
        "anna@example.com",
        "Ben.Ann@example.com",
        "joann@example.org",
        "carl@example.net",
    ):
        api.contact(email)
    other_api.contact("annie@example.com")
    return api


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ann", ["ann@example.com", "anna@example.com", "joann@example.org", "ben.ann@example.com"]),
        (" ANN", ["ann@example.com", "anna@example.com", "joann@example.org", "ben.ann@example.com"]),
        ("an", ["ann@example.com", "anna@example.com"]),
        ("c", ["carl@example.net"]),
        ("example.net", ["carl@example.net"]),
        ("", []),
        ("  ", []),
        ("%", []),
        ("___", []),
        ("nobody", []),
        ("x" * 5000, []),
    ],
)
def test_addresses_that_begin_so_come_before_those_that_hold_it(
    addresses: Api, search: str, found: list[str]
) -> None:
    assert suggested(addresses, search) == found


def test_no_more_are_suggested_than_wanted(addresses: Api) -> None:
    assert suggested(addresses, "ann", limit=1) == ["ann@example.com"]
    assert suggested(addresses, "ann", limit=3) == [
        "ann@example.com",
        "anna@example.com",
        "joann@example.org",
    ]
    assert len(suggested(addresses, "ann", limit=0)) == 1
    assert problems(addresses.get("/contacts/suggestions?limit=x")) == {"limit": "type"}
    assert problems(addresses.get("/contacts/suggestions?search=%00")) == {"search": "character"}


def test_a_suggestion_is_a_contact(api: Api) -> None:
    ada = api.contact("ada@example.com", data={"plan": "pro"})
    del ada["_meta"]
    assert api.get("/contacts/suggestions", search="ada").json == {"data": [ada]}


@pytest.fixture
def plans(api: Api, other_api: Api) -> Api:
    people = [
        "pro",
        "pro",
        "Professional",
        "free",
        10,
        100,
        True,
        "100%",
        "ÄRZTE",
        ["pro", "beta"],
        {"pro": 1},
    ]
    for number, plan in enumerate(people):
        api.contact(f"n{number}@example.com", data={"plan": plan})
    other_api.contact("theirs@example.com", data={"plan": "prototype"})
    return api


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("pro", [("pro", 2), ("Professional", 1)]),
        ("PROF", [("Professional", 1)]),
        ("10", [("100%", 1), (10, 1), (100, 1)]),
        ("100%", [("100%", 1)]),
        ("t", [(True, 1)]),
        ("är", [("ÄRZTE", 1)]),
        ("none", []),
        ("%", []),
    ],
)
def test_values_are_found_by_how_they_begin(plans: Api, search: str, found: list[tuple[Any, int]]) -> None:
    assert values(plans, "plan", search=search) == found
    assert values(plans, "data.plan", search=search) == found


def test_an_empty_search_is_none(plans: Api) -> None:
    assert values(plans, "plan", search="") == values(plans, "plan")
    assert len(values(plans, "plan", limit=100)) == 10


def test_elements_of_lists_are_counted_on_request(api: Api) -> None:
    lists: list[Any] = [["vip", "beta"], ["vip", None, 5], [], "vip", ["vip", "vip"], {"vip": 1}, [["vip"]]]
    for number, tags in enumerate(lists):
        api.contact(f"n{number}@example.com", data={"tags": tags})
    api.contact("none@example.com", data={"other": 1})
    found = values(api, "tags", inLists="true")
    assert found[0] == ("vip", 5)
    assert {str(each) for each in found[1:]} == {"('beta', 1)", "(5, 1)", "(['vip'], 1)", "({'vip': 1}, 1)"}
    assert values(api, "tags", inLists="true", search="b") == [("beta", 1)]
    assert (["vip", "beta"], 1) in values(api, "tags")
    assert problems(api.get("/contacts/fields/tags/values?inLists=yes")) == {"inLists": "type"}


def test_builtin_fields_are_searched_too(addresses: Api) -> None:
    assert values(addresses, "email", search="CARL") == [("carl@example.net", 1)]
    assert values(addresses, "subscribed", search="t") == [(True, 5)]
    year = addresses.get("/contacts/by-email/ann@example.com").json["createdAt"][:4]
    assert values(addresses, "createdAt", search=year)[0][1] >= 1


def test_names_of_events_are_found_by_how_they_begin(api: Api, other_api: Api) -> None:
    for name in ("bought", "Book opened", "b%", "signed_up"):
        api.track("ada@example.com", name)
    other_api.track("ada@example.com", "boxed")
    assert names(api, search="BO") == ["Book opened", "bought"]
    assert names(api, search="b", limit=2) == ["Book opened", "b%"]
    assert names(api, search="b%") == ["b%"]
    assert names(api, search="x") == []
    assert names(api, search="") == names(api) == ["Book opened", "b%", "bought", "signed_up"]
    assert problems(api.get("/events/names?limit=x")) == {"limit": "type"}
