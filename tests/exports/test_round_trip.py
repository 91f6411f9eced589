"""Importing an export changes nothing, and makes the same contacts elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plunk.config import Settings
from plunk.jobs.running import run
from plunk.testing.api import Project
from plunk.testing.apps import new_project
from plunk.testing.odd_values import ODD_VALUES
from tests.api import Api
from tests.contacts.test_cells import TEXTS, VALUES, is_same
from tests.exports.files import body
from tests.imports.conftest import counts, send
from tests.live import own_app

ADDRESSES = ["=1+1@example.com", "+a@example.com", "-@example.com", "'=1@example.com", "o'neil@example.com"]
KEYS = [
    "=key",
    "E-Mail",
    "'email",
    " blank ",
    "a,b",
    'quo"te',
    "new\nline",
    "007",
    "true",
    "data.*",
    "data.x",
    "",
    "é",
]


def all_contacts(api: Api) -> dict[str, dict[str, Any]]:
    found, cursor = {}, None
    while True:
        page = api.get("/contacts", limit=100, **({"cursor": cursor} if cursor else {})).json
        found.update({contact["email"]: contact for contact in page["data"]})
        cursor = page["cursor"]
        if not cursor:
            return found


def kept(contacts: dict[str, dict[str, Any]]) -> dict[str, tuple[bool, dict[str, Any]]]:
    """What an import can bring elsewhere."""
    return {email: (contact["subscribed"], contact["data"]) for email, contact in contacts.items()}


def brought(app: Flask, api: Api, project: Project, content: bytes) -> dict[str, Any]:
    answer = send(api, content)
    assert answer.status_code == 202, answer.json
    with app.app_context():
        run(str(project.id), answer.json["jobId"])
    found: dict[str, Any] = api.get(f"/contacts/import/{answer.json['jobId']}").json
    assert found["state"] == "completed", found
    return found


def there_and_back(app: Flask, api: Api, project: Project) -> None:
    before = all_contacts(api)
    events = api.get("/events", limit=100).json["events"]
    fields = api.get("/contacts/fields").json["fields"]
    content = body(api.get("/contacts/export"))
    found = brought(app, api, project, content)
    assert counts(found) == (0, 0, len(before), 0, 0), api.get(f"/contacts/import/{found['id']}/errors").text
    assert all_contacts(api) == before
    assert api.get("/events", limit=100).json["events"] == events
    other = new_project(app)
    elsewhere = Api(app.test_client(), other.secret_key)
    assert counts(brought(app, elsewhere, other, content)) == (len(before), 0, 0, 0, 0)
    assert is_same_everywhere(kept(all_contacts(elsewhere)), kept(before))
    assert elsewhere.get("/contacts/fields").json["fields"] == fields


def is_same_everywhere(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        one[email][0] == other[email][0] and is_same(one[email][1], other[email][1]) for email in one
    )


def test_odd_values_odd_keys_and_odd_addresses(app: Flask, api: Api, project: Project) -> None:
    for number, value in enumerate(ODD_VALUES):
        api.contact(f"n{number}@example.com", data={"odd": value, f"alone{number % 50}": value})
    for number, key in enumerate(KEYS):
        api.contact(f"k{number}@example.com", data={key: key or "x"}, subscribed=False)
    for address in ADDRESSES:
        api.contact(address, data={"locale": "de", "note": "two\r\nlines"})
    there_and_back(app, api, project)


def test_more_keys_than_columns(app: Flask, api: Api, project: Project) -> None:
    api.contact("ada@example.com", data={f"a{n}": n for n in range(150)})
    api.contact("bob@example.com", data={f"b{n}": str(n) for n in range(150)} | {"data.*": {"x": None}})
    api.contact("eve@example.com")
    there_and_back(app, api, project)


def test_keys_beyond_the_catalogue(settings: Settings) -> None:
    with own_app(settings, max_fields=2) as small:
        project = new_project(small)
        api = Api(small.test_client(), project.secret_key)
        api.contact("ada@example.com", data={"a": 1, "b": 2, "c": "3", "d": {"e": []}})
        there_and_back(small, api, project)


@pytest.mark.parametrize(
    "large",
    [
        {"list": [1] * 32_000},
        {"text": "'" + "=" * 65_000},
        {"quotes": {f"k{n}": '"' for n in range(5_000)}},
        {"long": "x" * 30_000, "longer": "ü" * 15_000},
    ],
    ids=lambda each: next(iter(each)),
)
def test_the_largest_data(app: Flask, api: Api, project: Project, large: dict[str, Any]) -> None:
    api.contact("ada@example.com", data=large)
    there_and_back(app, api, project)


@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(people=st.lists(st.dictionaries(TEXTS, VALUES, max_size=4), min_size=1, max_size=4))
def test_anything(app: Flask, people: list[dict[str, Any]]) -> None:
    project = new_project(app)
    api = Api(app.test_client(), project.secret_key)
    for number, data in enumerate(people):
        api.post("/contacts", {"email": f"n{number}@example.com", "data": data})
    if all_contacts(api):
        there_and_back(app, api, project)
