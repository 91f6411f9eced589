"""POST /segments: what comes back, and everything that is refused."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from tests.api import Api, problems
from tests.conftest import TestProject
from tests.segments.rules import field, people, plan_is, refusal, rule, static

PRO = rule(plan_is("pro"))
ODD_RULE = {
    "groups": [
        {
            "not": True,
            "filters": [
                {"value": 10.0, "operator": "equals", "field": "data.mrr"},
                {"field": "data.plan", "operator": "exists", "value": None},
                {
                    "field": "data.ünïcode.path",
                    "operator": "in",
                    "value": ["\\", "%_", "😀", 9007199254740993],
                },
            ],
            "conditions": {"logic": "OR", "groups": [{"filters": [plan_is("pro")]}]},
        }
    ],
    "logic": "AND",
}


def test_a_new_segment_comes_back_whole(api: Api, project: TestProject) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "eve", data={"plan": "pro"}, subscribed=False)
    people(api, "tom", data={"plan": "free"})
    response = api.post("/segments", {"name": " Pro users ", "description": "Who pay", "condition": PRO})
    assert response.status_code == 201
    found = response.json
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert all(moment.fullmatch(found.pop(name)) for name in ("createdAt", "updatedAt", "memberCountAt"))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", found.pop("id"))
    assert found == {
        "name": "Pro users",
        "slug": "pro-users",
        "description": "Who pay",
        "type": "DYNAMIC",
        "condition": PRO,
        "trackMembership": False,
        "memberCount": 3,
        "reachableCount": 2,
        "status": "ready",
        "statusReason": None,
        "projectId": str(project.id),
    }


def test_the_condition_is_returned_exactly_as_sent(api: Api) -> None:
    made = api.post("/segments", {"name": "Odd", "condition": ODD_RULE})
    assert made.status_code == 201, made.json
    answers = [
        made.json,
        api.get(f"/segments/{made.json['id']}").json,
        api.get("/segments").json[0],
        api.patch(f"/segments/{made.json['id']}", {"name": "Odder"}).json,
    ]
    for answer in answers:
        # repr: the order of keys and 10.0 against 10 count too.
        assert repr(answer["condition"]) == repr(ODD_RULE)


def test_a_static_segment_has_no_condition_and_begins_with_its_members(api: Api) -> None:
    people(api, "ada", "bob", "tom")
    made = static(api, "Friends", "ADA@example.com", " bob@example.com", "bob@EXAMPLE.com")
    assert (made["type"], made["condition"], made["memberCount"]) == ("STATIC", None, 2)
    assert api.members(made) == {"ada@example.com", "bob@example.com"}


def test_an_unknown_first_member_is_refused_by_its_place_and_nothing_is_made(
    api: Api, other_api: Api
) -> None:
    people(api, "ada")
    people(other_api, "foreign")
    emails = ["ada@example.com", "nobody@example.com", "foreign@example.com", "no address"]
    response = api.post("/segments", {"name": "Friends", "type": "STATIC", "emails": emails})
    assert refusal(response) == (422, "VALIDATION_ERROR")
    assert problems(response) == {f"emails[{place}]": "unknown_contact" for place in (1, 2, 3)}
    assert api.get("/segments").json == []


def test_tracking_is_stored(api: Api) -> None:
    assert api.segment("Tracked", plan_is("pro"), trackMembership=True)["trackMembership"] is True


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        ({}, 400, {"name": "required", "condition": "required"}),
        ({"condition": PRO}, 400, {"name": "required"}),
        ({"name": None, "condition": PRO}, 400, {"name": "null"}),
        ({"name": "A"}, 400, {"condition": "required"}),
        ({"name": "A", "condition": None}, 400, {"condition": "required"}),
        ({"name": 7, "condition": PRO}, 422, {"name": "type"}),
        ({"name": "n" * 101, "condition": PRO}, 422, {"name": "too_long"}),
        ({"name": "?!", "condition": PRO}, 422, {"name": "empty_slug"}),
        ({"name": "A", "condition": PRO, "description": "d" * 501}, 422, {"description": "too_long"}),
        ({"name": "A", "condition": PRO, "trackMembership": "yes"}, 422, {"trackMembership": "type"}),
        ({"name": "A", "condition": PRO, "trackMembership": None}, 422, {"trackMembership": "null"}),
        ({"name": "A", "type": "STATIC", "emails": [None]}, 422, {"emails[0]": "null"}),
        ({"name": "A", "condition": PRO, "colour": "red"}, 422, {"colour": "unknown_field"}),
        ({"name": "A", "condition": PRO, "emails": []}, 422, {"emails": "not_allowed"}),
        ({"name": "A", "type": "STATIC", "condition": PRO}, 400, {"condition": "not_allowed"}),
        ({"name": "A", "type": "STATIC", "emails": "ada@example.com"}, 422, {"emails": "type"}),
        ({"name": "A", "type": "STATIC", "emails": [1]}, 422, {"emails[0]": "type"}),
        ({"name": "A", "condition": []}, 400, {"condition": "invalid_type"}),
        (
            {"name": "A", "condition": {}},
            400,
            {"condition.logic": "required", "condition.groups": "required"},
        ),
        # 400 wins over 422.
        ({"name": "n" * 101}, 400, {"name": "too_long", "condition": "required"}),
    ],
)
def test_a_bad_body_is_refused_with_every_problem(
    api: Api, body: dict[str, Any], status: int, found: dict[str, str]
) -> None:
    response = api.post("/segments", body)
    assert (response.status_code, problems(response)) == (status, found)


def test_a_type_that_does_not_exist_is_refused(api: Api) -> None:
    response = api.post("/segments", {"name": "A", "type": "MAGIC", "condition": PRO})
    assert response.status_code == 422
    assert list(problems(response)) == ["type"]


def test_every_fault_of_a_rule_is_named_at_its_path(api: Api) -> None:
    condition = {
        "logic": "XOR",
        "colour": "red",
        "groups": [
            {
                "filters": [
                    field("data.plan", "equals", value="pro"),
                    field("data.plan", "equalz", value="pro"),
                    field("nonsense.plan", "equals", value="pro"),
                    field("createdAt", "within", value=30, unit="fortnights"),
                    field("data.plan", "equals"),
                    field("email", "greaterThan", value="a"),
                    field("data.plan", "equals", value="pro", valeu="pro"),
                ],
                "not": "yes",
            },
            {"filters": []},
            {"filters": [], "conditions": {"logic": "OR", "groups": [{"filters": [field("", "exists")]}]}},
        ],
    }
    response = api.post("/segments", {"name": "n" * 101, "condition": condition})
    assert response.status_code == 400
    first = "condition.groups[0].filters"
    assert problems(response) == {
        "name": "too_long",
        "condition.logic": "invalid_value",
        "condition.colour": "unknown_key",
        "condition.groups[0].not": "invalid_type",
        f"{first}[1].operator": "unknown_operator",
        f"{first}[2].field": "unknown_field",
        f"{first}[3].unit": "unknown_unit",
        f"{first}[4].value": "required",
        f"{first}[5].operator": "operator_not_suited",
        f"{first}[6].valeu": "unknown_key",
        "condition.groups[1]": "empty_group",
        "condition.groups[2].conditions.groups[0].filters[0].field": "invalid_type",
    }


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        ("condition", {"logic": "AND", "groups": [{"filters": [plan_is("pro")] * 101}]}),
        ("condition.groups[0].filters[0].value", rule(plan_is("x" * 1_025))),
        (
            "condition.groups[0].filters[0].value",
            rule(field("data.plan", "in", value=[str(number) for number in range(1_001)])),
        ),
    ],
)
def test_a_limit_of_rules_is_a_fault_of_the_rule(api: Api, path: str, condition: Any) -> None:
    response = api.post("/segments", {"name": "Large", "condition": condition})
    assert (response.status_code, list(problems(response))) == (400, [path])


def test_conditions_nest_eight_deep_and_no_deeper(api: Api) -> None:
    def nested(depth: int) -> dict[str, Any]:
        inner = {"conditions": nested(depth - 1)} if depth > 1 else {"filters": [plan_is("pro")]}
        return {"logic": "AND", "groups": [inner]}

    assert api.post("/segments", {"name": "Eight", "condition": nested(8)}).status_code == 201
    refused = api.post("/segments", {"name": "Nine", "condition": nested(9)})
    assert (refused.status_code, set(problems(refused).values())) == (400, {"too_deep"})


def test_more_than_five_hundred_first_members_are_too_many(api: Api) -> None:
    body = {"name": "Many", "type": "STATIC", "emails": ["ada@example.com"] * 501}
    assert refusal(api.post("/segments", body)) == (413, "TOO_MANY_ITEMS")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Trial users", "trial-users"),
        ("  Blanks \t\n of\u00a0any   kind ", "blanks-of-any-kind"),
        ("snake_case and-hyphen", "snake_case-and-hyphen"),
        ("50% off! (2026)", "50-off-2026"),
        ("ÜBER Größe", "über-größe"),
        ("日本 語", "日本-語"),
        ("Ελλάδα ٣٤", "ελλάδα-٣٤"),
        ("😀 fans", "-fans"),
        ("-", "-"),
    ],
)
def test_the_slug_is_the_name_without_what_a_slug_cannot_hold(api: Api, name: str, slug: str) -> None:
    assert api.segment(name, plan_is("pro"))["slug"] == slug


@pytest.mark.parametrize("other", ["Trial users", "trial-users", "TRIAL \t users", "Trial users!"])
def test_a_name_with_the_same_slug_is_taken(api: Api, other_api: Api, other: str) -> None:
    api.segment("Trial users", plan_is("trial"))
    response = api.post("/segments", {"name": other, "condition": PRO})
    assert refusal(response) == (409, "SEGMENT_NAME_TAKEN")
    assert other_api.segment(other, plan_is("trial"))["slug"] == "trial-users"


def test_of_many_creations_of_one_name_at_once_one_succeeds(app: Flask, project: TestProject) -> None:
    def create(number: int) -> int:
        api = Api(app.test_client(), project.secret_key)
        return api.post("/segments", {"name": "Once", "condition": PRO}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(8)))
    assert statuses == [201] + [409] * 7


def test_every_bad_value_of_a_list_is_named(api: Api) -> None:
    values = ["a" * 1025, None, []]
    filters = [{"field": "data.v", "operator": "in", "value": values}]
    condition = {"logic": "AND", "groups": [{"filters": filters}]}
    found = problems(api.post("/segments/preview", {"condition": condition}))
    assert set(found) == {f"condition.groups[0].filters[0].value[{n}]" for n in range(3)}
