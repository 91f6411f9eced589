"""Two tabs that change one thing: whoever saves second is told, and can then decide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api import Api
from tests.dashboard.visiting import Visit, hidden

CHANGED = "This was changed after you opened the page"
PRO = {
    "logic": "AND",
    "groups": [{"filters": [{"field": "data.plan", "operator": "equals", "value": "pro"}]}],
}


def rule(value: str) -> str:
    return json.dumps(PRO).replace('"pro"', f'"{value}"')


@pytest.fixture
def things(owner: Visit, api: Api) -> dict[str, str]:
    segment = api.post("/segments", {"name": "Pros", "type": "DYNAMIC", "condition": PRO}).json
    webhook = api.post("/webhooks", {"url": "https://example.com/x", "events": ["a", "b"]}).json
    return {
        "rule": f"{{project}}/segments/{segment['id']}/rule",
        "names": f"{{project}}/segments/{segment['id']}/settings",
        "webhook": f"{{project}}/webhooks/{webhook['id']}/edit",
        "project": "{project}/settings/",
    }


CASES: list[tuple[str, dict[str, str], dict[str, str], str]] = [
    ("rule", {"condition": rule("free")}, {"condition": rule("team")}, "“free”"),
    ("names", {"name": "Mine", "description": "m"}, {"name": "Yours", "description": ""}, "Mine · m"),
    (
        "webhook",
        {"url": "https://mine.example.com", "events": "a\nb", "description": ""},
        {"url": "https://example.com/x", "events": "a\nb\nc", "description": "y"},
        "https://mine.example.com · a, b",
    ),
    ("project", {"name": "Mine", "language": "de"}, {"name": "Yours", "language": "en"}, "Mine · German"),
]


@pytest.mark.parametrize(("thing", "mine", "yours", "said"), CASES, ids=[each[0] for each in CASES])
def test_the_second_to_save_is_told_and_may_save_once_more(
    owner: Visit, things: dict[str, str], thing: str, mine: dict, yours: dict, said: str
) -> None:
    path = things[thing]
    opened = hidden(owner.get(path).text, _goes_to(owner, thing, path))
    assert owner.post(path, {**opened, **mine}).status_code == 303
    refused = owner.post(path, {**opened, **yours})
    assert refused.status_code == 422 and CHANGED in refused.text and said in refused.text, refused.text
    assert all(each.partition("\n")[0] in refused.text for each in yours.values() if not each.startswith("{"))
    now = hidden(refused.text, _goes_to(owner, thing, path))
    assert now["seen"] != opened["seen"]
    assert owner.post(path, {**now, **yours}).status_code == 303
    assert owner.post(path, {**now, **yours}).status_code == 303, "a second click of the same finds it done"
    assert owner.post(path, {**now, **mine}).status_code == 422, "a page from before is one again"
    assert owner.post(path, mine).status_code == 422, "a form that does not say what it showed"


def test_a_contact_is_merged_field_by_field(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com", data={"plan": "free", "seats": 1, "gone": "x", "kept": "k"})
    path = f"{{project}}/contacts/{contact['id']}/edit"
    opened = hidden(owner.get(path).text, owner.path(path))
    api.contact(
        "ada@example.com", data={"plan": "team", "seats": 2, "gone": None, "new": "theirs", "kept": "z"}
    )
    form = _data(
        ("plan", "string", "pro", '"free"'),
        ("seats", "number", "2", "1"),
        ("gone", "string", "back", '"x"'),
        ("kept", "string", "k", '"k"'),
        ("new", "string", "mine", ""),
    )
    refused = owner.post(path, {**form, "email": "ada@example.com", "seen": opened["seen"]})
    assert refused.status_code == 422 and "Somebody else changed some of these fields" in refused.text
    assert "this became team" in refused.text and "this became theirs" in refused.text
    assert refused.text.count("Somebody removed this") == 1
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {
        "plan": "team",
        "seats": 2,
        "new": "theirs",
        "kept": "z",
    }
    form = _data(
        ("plan", "string", "pro", '"team"'),
        ("gone", "string", "back", ""),
        ("new", "string", "mine", '"theirs"'),
    )
    assert owner.post(path, {**form, "email": "ada@example.com", "seen": opened["seen"]}).status_code == 303
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {
        "plan": "pro",
        "seats": 2,
        "gone": "back",
        "new": "mine",
        "kept": "z",
    }


def test_an_address_changed_meanwhile_is_not_put_back(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com")
    path = f"{{project}}/contacts/{contact['id']}/edit"
    opened = hidden(owner.get(path).text, owner.path(path))
    api.patch(f"/contacts/{contact['id']}", {"email": "ada@new.example.com"})
    refused = owner.post(path, {**opened, "email": "ada@example.com"})
    assert refused.status_code == 422 and "Now it is: ada@new.example.com" in refused.text
    assert api.get(f"/contacts/{contact['id']}").json["email"] == "ada@new.example.com"


def _data(*rows: tuple[str, str, str, str]) -> dict[str, Any]:
    columns = zip(*rows, strict=True)
    return dict(zip(("key", "kind", "value", "was"), map(list, columns), strict=True))


def _goes_to(owner: Visit, thing: str, path: str) -> str:
    """Where the form of that page goes; empty: to the page itself."""
    return "" if thing == "webhook" else owner.path(path)
