"""The catalogues have a size; past it, values are stored all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from plunk.config import Settings
from tests.api import Api
from tests.conftest import TestProject
from tests.live import at_once, own_app
from tests.web.envelope import error_of


@pytest.fixture
def small(settings: Settings) -> Iterator[Flask]:
    with own_app(settings, max_fields=5, max_event_names=5) as app:
        yield app


def test_past_the_limit_keys_and_names_are_stored_uncatalogued(small: Flask, project: TestProject) -> None:
    api = Api(small.test_client(), project.secret_key)
    contact = api.contact("a@example.com", data={f"k{n}": n for n in range(8)})
    assert len(contact["data"]) == 8
    assert api.get("/contacts/fields").json["count"] == 4 + 5
    api.contact("a@example.com", data={"late": 1})
    assert api.get(f"/contacts/{contact['id']}").json["data"]["late"] == 1
    assert api.get("/contacts/fields").json["count"] == 4 + 5

    for n in range(8):
        api.track("a@example.com", f"event {n}")
    assert len(api.get("/events/names").json["eventNames"]) == 5
    assert api.get("/events", eventName="event 7").json["events"][0]["name"] == "event 7"
    assert api.get("/events/event 7/usage").json == {"usages": []}


def test_a_known_key_still_gets_its_new_type_when_the_catalogue_is_full(
    small: Flask, project: TestProject
) -> None:
    api = Api(small.test_client(), project.secret_key)
    api.contact("a@example.com", data={f"k{n}": n for n in range(8)})
    api.contact("a@example.com", data={"k0": "text", "new": 1})
    fields = {each["field"]: each["type"] for each in api.get("/contacts/fields").json["fields"]}
    assert fields["data.k0"] == "string"
    assert "data.new" not in fields


def test_a_public_key_cannot_flood_the_catalogue(small: Flask, project: TestProject) -> None:
    public, secret = (Api(small.test_client(), key) for key in (project.public_key, project.secret_key))
    for n in range(20):
        public.track("a@example.com", f"flood {n}", data={f"flood{n}": n})
    assert secret.get("/contacts/fields").json["count"] == 4 + 5
    assert len(secret.get("/events/names").json["eventNames"]) == 5


def test_many_at_once_do_not_pass_the_limit(small: Flask, project: TestProject) -> None:
    def write(n: int) -> int:
        api = Api(small.test_client(), project.secret_key)
        body = {"email": f"{n}@example.com", "event": f"e{n}", "data": {f"k{n}": n, f"l{n}": n}}
        return api.post("/v1/track", body).status_code

    assert at_once([lambda n=n: write(n) for n in range(12)]) == [200] * 12
    api = Api(small.test_client(), project.secret_key)
    assert api.get("/contacts/fields").json["count"] == 4 + 5
    assert len(api.get("/events/names").json["eventNames"]) == 5


def test_one_project_does_not_use_up_the_room_of_another(
    small: Flask, project: TestProject, other_api: Api
) -> None:
    Api(small.test_client(), project.secret_key).contact("a@example.com", data={f"k{n}": n for n in range(8)})
    theirs = Api(small.test_client(), other_api.key)
    theirs.contact("a@example.com", data={"theirs": 1})
    assert theirs.get("/contacts/fields").json["count"] == 4 + 1


@pytest.mark.parametrize(("limit", "found"), [(50, 7), (7, 7), (2, 7)])
def test_the_longest_page_is_a_setting(
    settings: Settings, project: TestProject, limit: int, found: int
) -> None:
    with own_app(settings, max_page=7, max_event_name=10, max_emails=2) as app:
        api = Api(app.test_client(), project.secret_key)
        for n in range(9):
            api.track(f"{n}@example.com", "e")
        assert len(api.get("/contacts", limit=limit).json["data"]) == min(limit, found)
        assert len(api.get("/events", limit=limit).json["events"]) == min(limit, found)
        error_of(api.post("/v1/track", {"email": "a@example.com", "event": "x" * 11}), 422)
        error_of(api.post("/contacts/lookup", {"emails": ["a", "b", "c"]}), 413)
