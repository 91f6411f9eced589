"""Making a segment, and what the form asks meanwhile, without a browser."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.api import Api
from tests.dashboard.rules import PRO, RECENT, sent
from tests.dashboard.visiting import Visit
from tests.segments.rules import rule


def test_a_dynamic_segment_is_made_without_a_script(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    owner.get("{project}/segments/new")
    form = {
        "type": "DYNAMIC",
        "name": "Pros",
        "description": "d",
        "condition": sent(rule(PRO)),
        "track": "on",
    }
    response = owner.post("{project}/segments/new", form)
    assert response.status_code == 303, response.text
    made = api.get("/segments").json[0]
    assert (made["name"], made["condition"], made["trackMembership"]) == ("Pros", rule(PRO), True)
    page = owner.get(response.location).text
    assert "Contacts whose plan is “pro”." in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "A segment needs a name"),
        ({"name": "!!!"}, "must contain a letter or a digit"),
        ({"name": "x" * 101}, "At most 100 characters"),
        ({"condition": ""}, "The rule is still empty"),
        ({"condition": "{"}, "The rule is not valid JSON"),
        ({"condition": "[" * 200 + "]" * 200}, "nested more than"),
        ({"condition": '{"logic": "AND", "groups": [{"filters": [{}]}]}'}, "operator is missing"),
        ({"condition": '{"a": "\\ud800"}'}, "surrogate"),
        ({"type": "ODD"}, "Choose one of the two"),
        ({"name": "Taken"}, "Another segment of this project has this name"),
    ],
)
def test_what_is_wrong_with_a_new_segment_is_said_and_nothing_is_lost(
    owner: Visit, api: Api, form: dict[str, str], said: str
) -> None:
    api.segment("Taken", PRO)
    owner.get("{project}/segments/new")
    whole = {"type": "DYNAMIC", "name": "New", "description": "kept", "condition": sent(rule(RECENT)), **form}
    response = owner.post("{project}/segments/new", whole)
    assert response.status_code == 422
    assert said in unescape(response.text), response.text
    assert 'value="kept"' in response.text
    assert len(api.get("/segments").json) == 1


def test_a_static_segment_offers_to_create_unknown_addresses(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    owner.get("{project}/segments/new")
    form = {"type": "STATIC", "name": "Beta", "emails": "Ada@Example.com, new@example.com\nother@example.com"}
    response = owner.post("{project}/segments/new", form)
    assert response.status_code == 422 and "2 addresses are not known yet" in response.text
    assert 'name="create_missing"' in response.text and api.get("/segments").json == []
    assert re.search(r'name="subscribed"[^>]* checked', response.text), (
        "as everywhere people are added by hand"
    )
    unticked = {**form, "asked": "on"}
    response = owner.post("{project}/segments/new", unticked)
    assert response.status_code == 422 and not re.search(r'name="subscribed"[^>]* checked', response.text)
    response = owner.post("{project}/segments/new", {**unticked, "create_missing": "on", "track": "on"})
    assert response.status_code == 303
    made = api.get("/segments").json[0]
    assert (made["memberCount"], made["reachableCount"], made["trackMembership"]) == (3, 1, True)
    assert api.get(f"/segments/{made['id']}/history").json["data"] == [], (
        "the starting point is told of to nobody"
    )


def test_a_static_segment_leaves_out_what_is_no_address_and_keeps_the_wish(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    owner.get("{project}/segments/new")
    form = {"type": "STATIC", "name": "Beta", "emails": "Ada <ada@example.com>\nx@\nnew@example.com"}
    response = owner.post("{project}/segments/new", form)
    assert response.status_code == 422 and "Leave out the 1 that is no e-mail address" in response.text
    response = owner.post("{project}/segments/new", {**form, "leave_out": "on"})
    assert response.status_code == 422 and "1 address is not known yet" in response.text
    assert re.search(r'name="leave_out"[^>]* checked', response.text), "the other question comes beside it"
    ticked = {**form, "leave_out": "on", "create_missing": "on"}
    assert owner.post("{project}/segments/new", ticked).status_code == 303
    assert api.get("/segments").json[0]["memberCount"] == 2


def test_the_builder_s_questions_are_answered_as_json(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro", "tags": ["a", "b"]})
    owner.get("{project}/segments/new")

    def ask(what: str, condition: Any) -> Any:
        return owner.post(f"{{project}}/segments/ask/{what}", {"condition": sent(condition)}).json

    assert ask("sentence", rule(PRO)) == {"sentence": "Contacts whose plan is “pro”."}
    found = ask("count", rule(PRO))
    assert (found["count"], found["reachable"], found["sample"][0]["email"]) == (1, 1, "ada@example.com")
    wrong = rule(PRO, {"field": "data.x", "operator": "between", "value": [1]})
    assert [each["path"] for each in ask("sentence", wrong)["problems"]] == [
        "condition.groups[0].filters[1].value"
    ]
    assert ask("count", wrong)["problems"] and ask("sentence", "{")["problems"]
    values = owner.get("{project}/segments/ask/values?field=data.tags&search=A").json
    assert values == {"values": ["a"]}
    assert owner.get("{project}/segments/ask/values?field=data.none").json == {"values": []}
    assert owner.get("{project}/segments/ask/values?field=data.tags%00&search=%00a").status_code == 200
    assert owner.get("{project}/segments/ask/contacts?search=%00").status_code == 200
    assert owner.get("{project}/segments/ask/contacts?search=da@").json == {"values": ["ada@example.com"]}
    names = [each["field"] for each in owner.get("{project}/segments/ask/vocabulary").json["fields"]]
    assert "data.plan" in names


def test_a_forecast_tells_of_rings_and_moves(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", PRO)
    owner.get("{project}/segments/new")
    path = f"{{project}}/segments/{segment['id']}/ask/count"
    free = {**PRO, "value": "free"}
    found = owner.post(path, {"condition": sent(rule(free))}).json
    assert (found["enter"], found["leave"], found["count"]) == (0, 1, 0)
    ring = rule({"field": f"segment.{segment['id']}", "operator": "memberOfSegment"})
    assert owner.post(path, {"condition": sent(ring)}).json["problems"]
    assert (
        owner.post(f"{{project}}/segments/{segment['id']}/rule", {"condition": sent(ring)}).status_code == 422
    )
