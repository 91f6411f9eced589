"""Segments on the dashboard, without a browser."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from plunk.dashboard.segments.examples import EXAMPLES
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments.models import Segment
from tests.api import Api
from tests.dashboard.visiting import Visit

PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}
RECENT = {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"}


def rule(*filters: dict[str, Any], logic: str = "AND") -> dict[str, Any]:
    return {"logic": logic, "groups": [{"filters": list(filters)}]}


def sent(condition: Any) -> str:
    return condition if isinstance(condition, str) else json.dumps(condition)


@pytest.mark.parametrize(
    "part", ["", "/members", "/rule", "/why", "/use", "/settings", "/changes", "/counts"]
)
def test_every_page_of_a_segment_shows_itself(owner: Visit, api: Api, part: str) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", PRO, trackMembership=True)
    page = owner.get(f"{{project}}/segments/{segment['id']}{part}")
    assert page.status_code == 200, page.text
    assert "1" in page.text


def test_the_empty_list_offers_examples_that_open_filled(owner: Visit) -> None:
    page = owner.get("{project}/segments")
    for key in ("new", "quiet", "pro"):
        assert f"example={key}" in page.text
        assert "&#34;operator&#34;" in owner.get(f"{{project}}/segments/new?example={key}").text


def test_examples_are_rules(owner: Visit, api: Api) -> None:
    for each in EXAMPLES:
        answer = api.post("/segments/preview", {"condition": each.condition})
        assert answer.status_code == 200, (each.key, answer.json)


def test_the_list_shows_counts_status_and_a_curve(owner: Visit, api: Api) -> None:
    for n in range(3):
        api.contact(f"a{n}@example.com", data={"plan": "pro"}, subscribed=n > 0)
    api.segment("Pros", PRO, trackMembership=True, description="They pay.")
    page = owner.get("{project}/segments").text
    assert "Pros" in page and "They pay." in page and "tracked" in page and "ready" in page
    assert re.search(r'data-label="Members">3<', page) and re.search(r'data-label="Reachable">2<', page)


def test_the_list_is_searched_by_a_part_of_the_name_and_paged(owner: Visit, api: Api) -> None:
    for n in range(52):
        api.segment(f"Segment {n:02}", PRO)
    first, second = owner.get("{project}/segments").text, owner.get("{project}/segments?page=2").text
    assert "Segment 51" in first and "Segment 01" not in first and "Next page" in first
    assert "Segment 01" in second and "Segment 51" not in second and "Next page" not in second
    beyond = owner.get("{project}/segments?page=9").text
    assert "Segment 01" in beyond and "Next page" not in beyond
    found = owner.get("{project}/segments?q=SEGMENT 3").text
    assert "Segment 31" in found and "Segment 41" not in found
    assert "No segment has this name" in owner.get("{project}/segments?q=none").text


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
        ({"name": "Taken"}, "already has the slug"),
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
    response = owner.post("{project}/segments/new", {**form, "create_missing": "on", "track": "on"})
    assert response.status_code == 303
    made = api.get("/segments").json[0]
    assert (made["memberCount"], made["reachableCount"], made["trackMembership"]) == (3, 1, True)
    assert api.get(f"/segments/{made['id']}/history").json["data"] == [], (
        "the starting point is told of to nobody"
    )


def test_odd_addresses_are_named(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    response = owner.post(f"{{project}}/segments/{segment['id']}/members", {"emails": "not-an-address"})
    assert response.status_code == 422 and "not-an-address" in response.text
    many = " ".join(f"a{n}@example.com" for n in range(5_001))
    response = owner.post(f"{{project}}/segments/{segment['id']}/members", {"emails": many})
    assert response.status_code == 422 and "5,000" in response.text


def test_members_are_put_in_pasted_created_and_taken_out(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    path = f"{{project}}/segments/{segment['id']}/members"
    owner.get(path)
    response = owner.post(path, {"emails": "ada@example.com new@example.com"})
    assert response.status_code == 200 and "new@example.com" in response.text
    assert "Make contacts of them" in response.text
    owner.post(path, {"emails": "new@example.com", "create_missing": "on"})
    listed = api.get(f"/segments/{segment['id']}/contacts").json["data"]
    assert {each["email"]: each["subscribed"] for each in listed} == {
        "ada@example.com": True,
        "new@example.com": False,
    }
    assert owner.post(path + "/remove", {"email": "ada@example.com"}).status_code == 303
    assert api.get(f"/segments/{segment['id']}/contacts").json["total"] == 1
    assert "Nobody" not in owner.get(path).text


def test_members_come_page_by_page_and_by_search(owner: Visit, api: Api) -> None:
    for n in range(53):
        api.contact(f"a{n:02}@example.com", data={"plan": "pro"})
    path = f"{{project}}/segments/{api.segment('Pros', PRO)['id']}/members"
    first = owner.get(path).text
    assert "a52@example.com" in first and "a01@example.com" not in first
    following = unescape(re.search(r'href="([^"]+cursor=[^"]+)"', first)[1])
    second = owner.get(following).text
    assert "a01@example.com" in second and "a52@example.com" not in second
    assert "a07@example.com" in owner.get(path + "?q=A07").text
    assert owner.get(path + "?cursor=nonsense").status_code in (400, 422)


def test_only_a_static_segment_takes_members(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    path = f"{{project}}/segments/{api.segment('Pros', PRO)['id']}/members"
    response = owner.post(path, {"emails": "ada@example.com"})
    assert response.status_code == 422 and "static" in response.text.lower()


def test_names_and_tracking_are_changed_and_written_down(owner: Visit, api: Api) -> None:
    segment = api.segment("Pros", PRO)
    path = f"{{project}}/segments/{segment['id']}"
    changed = owner.fill_in(path + "/settings", {"name": "Paying", "description": "d"})
    assert changed.status_code == 303
    assert owner.post(path + "/track", {"track": "on"}).status_code == 303
    assert owner.post(path + "/compute", {"emit_existing": "on"}).status_code == 303
    assert owner.post(path + "/refresh").status_code == 303
    changed = api.get(f"/segments/{segment['id']}").json
    assert (changed["name"], changed["slug"], changed["trackMembership"]) == ("Paying", "paying", True)
    assert owner.post(path + "/track", {"track": "off"}).status_code == 303
    assert not api.get(f"/segments/{segment['id']}").json["trackMembership"]
    assert "changed a segment" in owner.get("{project}/settings/audit").text


def test_a_segment_in_use_is_not_deleted_and_its_users_are_named(owner: Visit, api: Api) -> None:
    segment = api.segment("Pros", PRO)
    user = api.segment("Users of it", {"field": f"segment.{segment['id']}", "operator": "memberOfSegment"})
    path = f"{{project}}/segments/{segment['id']}/delete"
    response = owner.post(path)
    assert response.status_code == 409 and "Users of it" in response.text and user["id"] in response.text
    assert api.delete(f"/segments/{user['id']}").status_code == 204
    assert owner.post(path).status_code == 303
    assert api.get("/segments").json == []


def test_why_shows_the_rule_as_a_tree_with_what_the_contact_has(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "free"})
    segment = api.segment("Pros", PRO, RECENT)
    page = owner.get(f"{{project}}/segments/{segment['id']}/why?email=ADA@example.com").text
    assert "is not in" in page and "Contacts whose plan is “pro”." in page and "<bdi>free</bdi>" in page
    assert page.count("why-node why-no") == 2 and page.count("why-node why-yes") == 1
    by_id = api.get("/contacts/by-email/ada@example.com").json["id"]
    assert "is not in" in owner.get(f"{{project}}/segments/{segment['id']}/why?contact={by_id}").text
    assert (
        "No contact has this address"
        in owner.get(f"{{project}}/segments/{segment['id']}/why?email=x@y.zz").text
    )
    odd = owner.get(f"{{project}}/segments/{segment['id']}/why?contact=nonsense")
    assert odd.status_code == 200


def test_members_leave_as_a_file(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    api.contact("bob@example.com", data={"plan": "free"})
    segment = api.segment("Pros ü", PRO)
    file = owner.get(f"{{project}}/segments/{segment['id']}/export")
    assert (
        "attachment" in file.headers["Content-Disposition"]
        and "segment-pros" in file.headers["Content-Disposition"]
    )
    assert "ada@example.com" in file.text and "bob@example.com" not in file.text
    lines = owner.get(f"{{project}}/segments/{segment['id']}/export?format=ndjson").text
    assert json.loads(lines)["email"] == "ada@example.com"


def test_the_snippets_hold_the_segment_s_own_names(owner: Visit, api: Api) -> None:
    segment = api.segment("Pro's", PRO)
    page = unescape(owner.get(f"{{project}}/segments/{segment['id']}/use").text)
    assert f"segment.{segment['slug']}.entry" in page and f"/segments/{segment['id']}/contacts" in page


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


def test_a_broken_segment_says_why_and_what_to_do(owner: Visit, api: Api, app: Flask) -> None:
    segment = api.segment("Pros", PRO, trackMembership=True)
    with app.app_context(), transaction():
        row = db.session.get(Segment, (owner.project_id, UUID(segment["id"])))
        row.status, row.status_reason = "broken", "No plugin brings the operator moonPhase"
    api.contact("ada@example.com")
    for part in ("", "/members", "/rule", "/why?email=ada@example.com", "/settings"):
        page = owner.get(f"{{project}}/segments/{segment['id']}{part}")
        assert page.status_code == 200 and "moonPhase" in page.text and "Install the plugin" in page.text, (
            part
        )
    assert "moonPhase" in owner.get("{project}/segments").text


def test_a_computing_segment_shows_how_far_it_is(owner: Visit, api: Api, app: Flask) -> None:
    segment = api.segment("Pros", PRO, trackMembership=True)
    with app.app_context(), transaction():
        row = db.session.get(Segment, (owner.project_id, UUID(segment["id"])))
        row.status = "computing"
    page = owner.get(f"{{project}}/segments/{segment['id']}").text
    assert "contacts were looked at" in page and 'hx-trigger="every 2s"' in page
    assert "computing" in owner.get("{project}/segments").text


def test_a_static_segment_has_no_rule_to_edit(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    response = owner.get(f"{{project}}/segments/{segment['id']}/rule")
    assert response.status_code == 303 and response.location.endswith("/members")
