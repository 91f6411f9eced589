"""The list of contacts, without a browser."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.api import Api
from tests.dashboard.contact_pages import LIST
from tests.dashboard.visiting import Visit, words


def emails(response) -> list[str]:
    """The addresses of a list, in its order."""
    return re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', response.text)


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
    assert "2 contacts found" in words(owner.get(LIST + "?search=one"))
    assert "No contacts found" in words(owner.get(LIST + "?search=%25"))
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
    assert "50+ contacts found" in words(owner.get(LIST + "?search=p"))
    response = owner.get(LIST + "?cursor=nonsense&search=p")
    assert response.status_code == 303 and response.location.endswith("/contacts/?search=p")


def test_columns_are_chosen_and_remembered_for_each_project(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro", "seats": 2026, "<b>": "x", "note": "hello"})
    owner.get(LIST)
    response = owner.post(LIST + "/columns?search=ada", {"key": ["seats", "<b>", "unknown"]})
    assert response.status_code == 303 and response.location.endswith("?search=ada")
    page = owner.get(LIST)
    heads = re.findall(r'<th scope="col" class="clip[^>]+>([^<]+)', page.text)
    assert [unescape(head) for head in heads] == ["seats", "<b>"]
    assert 'data-label="seats" dir="auto">2026<' in page.text
    owner.post(LIST + "/columns")
    assert 'class="clip' not in owner.get(LIST).text


def test_values_are_written_for_people(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"ends": "2026-02-19", "vip": True, "seats": 3}, subscribed=False)
    page = owner.get(LIST)
    assert 'title="2026-02-19">Feb 19, 2026<' in page.text and ">yes</td>" in page.text
    assert '<td class="clip number" data-label="seats" dir="auto">3</td>' in page.text
    assert "badge" in page.text
    api.contact("ada@example.com", subscribed=True)
    assert 'class="badge' not in owner.get(LIST).text, "only what is unusual stands out"


def test_a_spoilt_or_overlong_choice_of_columns_is_no_error(owner: Visit, api: Api) -> None:
    keys = ["ключ" * 60 + str(n) for n in range(12)]
    api.contact("ada@example.com", data={key: n for n, key in enumerate(keys)})
    owner.get(LIST)
    response = owner.post(LIST + "/columns", {"key": keys})
    assert len(response.headers["Set-Cookie"]) < 4096
    assert 0 < len(re.findall(r'<th scope="col" class="clip', owner.get(LIST).text)) <= 8
    name = response.headers["Set-Cookie"].partition("=")[0]
    for value in ("x", "WzEsIFtdXQ==", "e30=", "////"):
        path = f"/dashboard/{owner.project_id}"
        owner.client.set_cookie(name, value, path=path)
        assert owner.get(LIST).status_code == 200
