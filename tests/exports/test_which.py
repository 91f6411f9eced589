"""Whom an export holds."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from tests.api import Api, problems
from tests.exports.files import contacts, names
from tests.segments.rules import UNKNOWN_ID, field, people, plan_is, refusal, rule, static
from tests.segments.test_operators_over_http import CASES, friends_id, world
from tests.web.envelope import error_of

__all__ = ["world"]


def export(api: Api, **query: Any) -> list[str]:
    return names(api.get("/contacts/export", format="ndjson", **query))


def test_a_line_is_the_contact(api: Api) -> None:
    made = people(api, "ada", data={"a": {"b": [1.5, None, "x"]}, "text": 'é "\n\\ \u2028 \U0001f600'})
    made += people(api, "o'neil", subscribed=False)
    response = api.get("/contacts/export", format="ndjson")
    assert response.mimetype == "application/x-ndjson"
    assert contacts(response) == [api.get(f"/contacts/{each['id']}").json for each in made]


def test_all_or_those_of_a_search_and_a_subscription(api: Api) -> None:
    people(api, "ada", "bob")
    people(api, "adam", subscribed=False)
    assert export(api) == ["ada", "bob", "adam"]
    assert export(api, search="AD") == ["ada", "adam"]
    assert export(api, search="ad", subscribed="true") == ["ada"]
    assert export(api, subscribed="false") == ["adam"]
    assert export(api, search="%") == []


def test_those_of_a_condition(api: Api) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "eve", data={"plan": "free"})
    assert export(api, condition=json.dumps(rule(plan_is("pro"))), search="a") == ["ada", "bob"]


def test_a_condition_that_is_none_is_malformed(api: Api) -> None:
    response = api.get("/contacts/export", condition="{not json")
    assert (response.status_code, problems(response)) == (400, {"condition": "json"})
    response = api.get("/contacts/export", condition=json.dumps(rule(field("data.plan", "equels", value=1))))
    assert response.status_code == 400
    assert problems(response) == {"condition.groups[0].filters[0].operator": "unknown_operator"}
    assert api.get("/contacts/export", condition="[]").status_code == 400
    assert api.get("/contacts/export", condition="null").status_code == 400


def test_what_is_asked_for_is_checked(api: Api) -> None:
    response = api.get("/contacts/export", format="xlsx", subscribed="maybe", gzip="1")
    assert response.status_code == 422
    assert problems(response).keys() == {"format", "subscribed", "gzip"}


@pytest.mark.parametrize("kind", ["static", "dynamic", "tracked"])
def test_the_members_of_a_segment(api: Api, kind: str) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "eve", data={"plan": "free"})
    people(api, "off", data={"plan": "pro"}, subscribed=False)
    if kind == "static":
        made = static(api, "VIPs", *(f"{name}@example.com" for name in ("ada", "bob", "off")))
    else:
        made = api.segment("VIPs", plan_is("pro"), trackMembership=kind == "tracked")
    path = f"/segments/{made['id']}/export"
    assert names(api.get(path, format="ndjson")) == ["ada", "bob", "off"]
    assert names(api.get(path, format="ndjson", subscribed="false")) == ["off"]
    assert names(api.get(path, format="ndjson", search="b")) == ["bob"]


def test_contacts_by_id(api: Api, other_api: Api) -> None:
    ada, _, eve = people(api, "ada", "bob", "eve")
    stranger = other_api.contact("stranger@example.com")
    ids = [eve["id"], ada["id"], eve["id"], UNKNOWN_ID, stranger["id"]]
    response = api.post("/contacts/export", {"contactIds": ids, "format": "ndjson"})
    assert names(response) == ["ada", "eve"]


def test_a_filter_but_for_some(api: Api) -> None:
    ada, *_ = people(api, "ada", "bob", "eve", data={"plan": "pro"})
    people(api, "tom")
    made = static(api, "Some", "ada@example.com", "bob@example.com", "tom@example.com")
    wanted = {"segmentId": made["id"], "condition": rule(plan_is("pro")), "subscribed": True, "search": "@"}
    asked = {"filter": wanted, "format": "ndjson"}
    assert names(api.post("/contacts/export", asked)) == ["ada", "bob"]
    assert names(api.post("/contacts/export", {**asked, "excludeIds": [ada["id"]]})) == ["bob"]
    everybody = api.post("/contacts/export", {"filter": {}, "mode": "query", "format": "ndjson"})
    assert names(everybody) == ["ada", "bob", "eve", "tom"]


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        ({}, 422, {"contactIds": "required"}),
        ({"mode": "query"}, 422, {"filter": "required"}),
        ({"contactIds": []}, 422, {"contactIds": "too_short"}),
        ({"contactIds": ["x"], "excludeIds": 1}, 422, None),
        ({"contactIds": [UNKNOWN_ID], "filter": {}}, 422, {"contactIds": "not_allowed"}),
        ({"contactIds": [UNKNOWN_ID], "mode": "all"}, 422, None),
        ({"filter": {"subcribed": False}}, 422, {"filter.subcribed": "unknown_field"}),
        ({"filter": {"subscribed": None}}, 422, {"filter.subscribed": "null"}),
        ({"filter": {"subscribed": "false"}}, 422, {"filter.subscribed": "type"}),
        ({"filter": {"segmentId": UNKNOWN_ID}}, 422, {"filter.segmentId": "unknown_segment"}),
        ({"filter": {"segmentId": "x"}}, 422, {"filter.segmentId": "type"}),
        ({"filter": []}, 422, {"filter": "type"}),
        ({"filter": {"condition": None}}, 400, {"filter.condition": "null"}),
        (
            {"filter": {"condition": rule(field("email", "near")), "search": 1}, "format": "x"},
            400,
            {
                "filter.condition.groups[0].filters[0].operator": "unknown_operator",
                "filter.search": "type",
                "format": "invalid",
            },
        ),
    ],
)
def test_every_problem_of_a_body_is_named(
    api: Api, body: dict[str, Any], status: int, found: dict[str, str] | None
) -> None:
    response = api.post("/contacts/export", body)
    assert response.status_code == status, response.json
    if found is not None:
        assert problems(response) == found


def test_too_many_ids_are_too_large(api: Api) -> None:
    response = api.post("/contacts/export", {"contactIds": [UNKNOWN_ID] * 1001})
    error_of(response, 413, "TOO_MANY_ITEMS")
    response = api.post("/contacts/export", {"filter": {}, "excludeIds": [UNKNOWN_ID] * 1001})
    assert problems(response) == {"excludeIds": "too_many"}


def test_other_projects_are_not_there(api: Api, other_api: Api) -> None:
    people(other_api, "stranger")
    made = static(other_api, "Theirs", "stranger@example.com")
    assert export(api) == []
    assert refusal(api.get(f"/segments/{made['id']}/export")) == (404, "SEGMENT_NOT_FOUND")
    assert api.get("/segments/none/export").status_code == 404
    response = api.post("/contacts/export", {"filter": {"segmentId": made["id"]}})
    assert problems(response) == {"filter.segmentId": "unknown_segment"}


def test_a_public_key_gets_nothing(public_api: Api) -> None:
    error_of(public_api.get("/contacts/export"), 401, "WRONG_KEY_KIND")
    error_of(public_api.post("/contacts/export", {"filter": {}}), 401)
    error_of(public_api.get(f"/segments/{UNKNOWN_ID}/export"), 401)


def test_the_file_has_a_name(api: Api) -> None:
    made = static(api, "Größe: «XL»/../")
    shown = api.get(f"/segments/{made['id']}/export", gzip="true").headers["Content-Disposition"]
    assert shown.isascii()
    assert shown.startswith("attachment;")
    assert "größe-xl-" in unquote(shown)
    assert shown.endswith(".csv.gz")
    assert "filename=contacts-" in api.get("/contacts/export").headers["Content-Disposition"]


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['operator']}" for n, (case, _) in enumerate(CASES)])
def test_every_operator_chooses_the_same_contacts_here(world: Api, case: tuple[dict[str, Any], str]) -> None:
    leaf, expected = case
    if leaf["field"] == "segment.friends":
        leaf = {**leaf, "field": f"segment.{friends_id(world)}"}
    everybody = set(export(world))
    assert set(export(world, condition=json.dumps(rule(leaf)))) == set(expected.split())
    rest = export(world, condition=json.dumps(rule(leaf, **{"not": True})))
    assert set(rest) == everybody - set(expected.split())
