"""Many contacts at once: chosen in the list, asked about, done by a worker; without a browser."""

from __future__ import annotations

import re

import pytest

from plunk.config import Settings
from tests.api import Api
from tests.dashboard.contact_pages import LIST
from tests.dashboard.visiting import Visit, words
from tests.live import work_off

pytestmark = pytest.mark.usefixtures("alone")

PEOPLE = [f"p{n}@{'a' if n < 3 else 'b'}.example.com" for n in range(5)]


@pytest.fixture
def ids(api: Api, owner: Visit) -> list[str]:
    found = [api.contact(email)["id"] for email in PEOPLE]
    owner.get(LIST)
    return found


def subscribed(api: Api) -> list[str]:
    found = api.get("/contacts", subscribed="true", sort="email", dir="asc").json["data"]
    return [each["email"] for each in found]


def test_those_who_are_ticked_are_asked_about_and_unsubscribed(
    owner: Visit, api: Api, ids: list[str], settings: Settings
) -> None:
    form = {"action": "unsubscribe", "id": ids[:2]}
    asked = owner.post(LIST + "/many", form)
    assert asked.status_code == 200 and "Unsubscribe 2 contacts?" in words(asked)
    assert PEOPLE[0] in words(asked) and PEOPLE[3] not in words(asked)
    assert re.findall(r'name="id" value="([^"]+)"', asked.text) == ids[:2]
    assert len(subscribed(api)) == 5, "asking changes nothing"
    begun = owner.post(LIST + "/many/start", form)
    assert begun.status_code == 303
    waiting = owner.get(begun.location)
    assert "every 2s" in waiting.text and "Unsubscribing" in words(waiting) and "Stop" in words(waiting)
    work_off(settings)
    done = owner.get(begun.location)
    assert "All of them are unsubscribed" in words(done) and "Unsubscribed 2 Already unsubscribed 0" in words(
        done
    )
    assert "every 2s" not in done.text and subscribed(api) == PEOPLE[2:]
    (event,) = api.get(f"/events/contact/{ids[0]}").json["events"]
    assert event["data"] == {"source": "dashboard", "keyKind": "session"}
    assert "unsubscribed contacts" in words(owner.get("{project}/settings/audit"))


def test_all_that_match_are_meant_and_nobody_else(
    owner: Visit, api: Api, ids: list[str], settings: Settings
) -> None:
    form = {"action": "delete", "scope": "all", "search": "@B.", "id": ids[:1]}
    asked = owner.post(LIST + "/many", form)
    assert "Delete 2 contacts?" in words(asked) and "cannot be undone" in words(asked)
    assert 'name="search" value="@B."' in asked.text and 'name="scope" value="all"' in asked.text
    owner.post(LIST + "/many/start", form)
    work_off(settings)
    assert subscribed(api) == PEOPLE[:3]


def test_they_are_put_into_a_static_segment(
    owner: Visit, api: Api, ids: list[str], settings: Settings
) -> None:
    form = {"action": "add", "id": ids[:3]}
    assert "Create one first" in words(owner.post(LIST + "/many", form))
    segment = api.post("/segments", {"name": "Friends & <b>co</b>", "type": "STATIC"}).json
    dynamic = api.segment("All", {"field": "email", "operator": "contains", "value": "@"})
    asked = owner.post(LIST + "/many", form)
    assert segment["id"] in asked.text and dynamic["id"] not in asked.text
    for wrong in ("", "x", dynamic["id"]):
        assert owner.post(LIST + "/many/start", form | {"segment": wrong}).status_code == 422
    begun = owner.post(LIST + "/many/start", form | {"segment": segment["id"]})
    work_off(settings)
    assert "All of them are in the segment" in words(owner.get(begun.location))
    assert api.get(f"/segments/{segment['id']}").json["memberCount"] == 3


def test_they_are_exported(owner: Visit, ids: list[str]) -> None:
    response = owner.post(LIST + "/many/export", {"id": ids[:2]})
    assert response.mimetype == "text/csv" and "attachment" in response.headers["Content-Disposition"]
    assert PEOPLE[0] in response.text and PEOPLE[1] in response.text and PEOPLE[2] not in response.text
    everybody = owner.post(LIST + "/many/export", {"scope": "all", "subscribed": "yes", "format": "ndjson"})
    assert everybody.text.count("@") == 5


@pytest.mark.parametrize(
    "form",
    [{"action": "delete"}, {"action": "delete", "id": "x"}],
    ids=["nobody", "odd id"],
)
def test_nobody_chosen_means_nobody(owner: Visit, api: Api, ids: list[str], form: dict) -> None:
    for path in ("/many", "/many/start"):
        assert owner.post(LIST + path, form).status_code == 303
    assert owner.post(LIST + "/many/export", form | {"scope": ""}).status_code == 303
    assert "Select somebody first" in owner.get(LIST).text and len(subscribed(api)) == 5


@pytest.mark.parametrize(
    ("path", "form"),
    [("/many", {}), ("/many/start", {"action": "sell"}), ("/many/export", {"format": "xlsx"})],
)
def test_an_unknown_deed_is_refused(owner: Visit, api: Api, ids: list[str], path: str, form: dict) -> None:
    answer = owner.post(LIST + path, {"scope": "all", **form})
    assert answer.status_code == 422 and "Must be one of" in answer.text
    assert len(subscribed(api)) == 5


def test_a_job_is_stopped(owner: Visit, api: Api, ids: list[str], settings: Settings) -> None:
    begun = owner.post(LIST + "/many/start", {"action": "delete", "scope": "all"})
    assert owner.post(begun.location + "/cancel").status_code == 303
    assert "cancelled a job" in owner.get("{project}/settings/audit").text
    work_off(settings)
    assert "cancelled" in words(owner.get(begun.location)) and len(subscribed(api)) == 5
    assert owner.get(LIST + f"/many/{ids[0]}").status_code == 404
