"""Segments that mention other segments: answers through chains, no rings, no strangers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api import Api, problems
from tests.conftest import TestProject
from tests.segments.rules import (
    UNKNOWN_ID,
    count,
    entered,
    field,
    member_of,
    people,
    plan_is,
    refusal,
    rule,
    static,
)


def test_a_static_segment_answers_inside_a_dynamic_one(api: Api) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "tom", data={"plan": "free"})
    friends = static(api, "Friends", "ada@example.com", "tom@example.com")
    both = api.segment("Pro friends", plan_is("pro"), member_of(friends))
    rest = api.segment("Strangers", field(f"segment.{friends['id']}", "notMemberOfSegment"))
    assert api.members(both) == {"ada@example.com"}
    assert api.members(rest) == {"bob@example.com"}
    api.post(f"/segments/{friends['id']}/members", {"emails": ["bob@example.com"]})
    assert (count(api, both), count(api, rest)) == ((2, 2), (0, 0))


def test_a_change_is_seen_at_the_end_of_a_chain(api: Api) -> None:
    people(api, "ada", data={"plan": "pro", "seats": 3})
    last = api.segment("First", plan_is("pro"))
    for number in range(5):
        last = api.segment(f"Link {number}", member_of(last))
    assert count(api, last) == (1, 1)
    api.contact("ada@example.com", data={"plan": "free"})
    assert count(api, last) == (0, 0)
    assert api.members(last) == set()


def test_an_edit_is_seen_by_those_who_mention_it(api: Api) -> None:
    people(api, "ada", data={"plan": "pro"})
    first = api.segment("First", plan_is("free"))
    reader = api.segment("Reader", member_of(first))
    assert count(api, reader) == (0, 0)
    api.patch(f"/segments/{first['id']}", {"condition": rule(plan_is("pro"))})
    assert count(api, reader) == (1, 1)


def test_a_segment_may_not_ask_about_itself(api: Api) -> None:
    made = api.segment("Loop", plan_is("pro"))
    response = api.patch(f"/segments/{made['id']}", {"condition": rule(member_of(made))})
    assert (response.status_code, problems(response)) == (400, {"condition": "reference_ring"})
    assert api.get(f"/segments/{made['id']}").json["condition"] == rule(plan_is("pro"))


def test_a_ring_of_ids_is_refused(api: Api) -> None:
    first = api.segment("First", plan_is("pro"))
    second = api.segment("Second", member_of(first))
    third = api.segment("Third", field(f"segment.{second['id']}", "notMemberOfSegment"))
    response = api.patch(f"/segments/{first['id']}", {"condition": rule(plan_is("pro"), member_of(third))})
    assert (response.status_code, problems(response)) == (400, {"condition": "reference_ring"})
    assert "First" in response.json["error"]["errors"][0]["message"]


def test_a_reference_deep_inside_a_rule_makes_a_ring_too(api: Api) -> None:
    first = api.segment("First", plan_is("pro"))
    second = api.segment("Second", member_of(first))
    inner = {"logic": "OR", "groups": [{"filters": [member_of(second)], "not": True}]}
    condition = {"logic": "AND", "groups": [{"filters": [plan_is("pro")]}, {"conditions": inner}]}
    response = api.patch(f"/segments/{first['id']}", {"condition": condition})
    assert (response.status_code, problems(response)) == (400, {"condition": "reference_ring"})


@pytest.mark.parametrize("change", ["entry", "exit"])
def test_a_ring_through_entry_and_exit_events_is_refused(api: Api, change: str) -> None:
    first = api.segment("First", plan_is("pro"))
    api.segment("Second", member_of(first))
    event = field(f"event.segment.second.{change}", "triggeredWithin", value=1, unit="days")
    response = api.patch(f"/segments/{first['id']}", {"condition": rule(event)})
    assert (response.status_code, problems(response)) == (400, {"condition": "reference_ring"})


def test_a_new_segment_may_not_read_its_own_entries(api: Api) -> None:
    response = api.post("/segments", {"name": "Loop", "condition": rule(entered("loop"))})
    assert (response.status_code, problems(response)) == (400, {"condition": "reference_ring"})
    assert api.get("/segments").json == []


def test_a_new_segment_may_not_close_a_ring_that_waited_for_its_name(api: Api) -> None:
    first = api.segment("First", entered("second"))
    response = api.post("/segments", {"name": "Second", "condition": rule(member_of(first))})
    assert (response.status_code, problems(response)) == (400, {"condition": "reference_ring"})


def test_a_rename_may_not_close_a_ring(api: Api) -> None:
    first = api.segment("First", entered("wanted"))
    second = api.segment("Second", member_of(first))
    response = api.patch(f"/segments/{second['id']}", {"name": "Wanted"})
    assert response.status_code == 400
    assert "reference_ring" in problems(response).values()
    assert api.get(f"/segments/{second['id']}").json["slug"] == "second"


def test_a_chain_holds_twenty_segments_however_it_is_built(api: Api) -> None:
    links = [api.segment(f"Link {number}", plan_is("pro")) for number in range(21)]
    people(api, "ada", data={"plan": "pro"})

    def point(number: int) -> TestResponse:
        condition = rule(member_of(links[number + 1]))
        return api.patch(f"/segments/{links[number]['id']}", {"condition": condition})

    for number in range(19, 0, -1):
        assert point(number).status_code == 200
    assert count(api, links[1]) == (1, 1)
    refused = point(0)
    assert (refused.status_code, problems(refused)) == (400, {"condition": "chain_too_long"})


def test_a_rule_weighs_as_much_as_the_rules_that_stand_in_it(api: Api) -> None:
    """Each mention counts: a rule stands in the other as often as that one asks about it."""
    full = api.segment("Full", *[plan_is("pro")] * 100)
    assert api.segment("Nine times", *[member_of(full)] * 9)["status"] == "ready"
    response = api.post("/segments", {"name": "Ten times", "condition": rule(*[member_of(full)] * 10)})
    assert (response.status_code, problems(response)) == (400, {"condition": "too_many_filters"})


def test_a_segment_does_not_vanish_from_under_a_new_mention(
    app: Flask, api: Api, project: TestProject
) -> None:
    for number in range(6):
        wanted = api.segment(f"Wanted {number}", plan_is("pro"))
        reader = api.segment(f"Reader {number}", plan_is("pro"))
        body = {"condition": rule(member_of(wanted))}
        calls = [
            ("PATCH", f"/segments/{reader['id']}", {"json": body}),
            ("DELETE", f"/segments/{wanted['id']}", {}),
        ]

        def call(each: tuple[str, str, dict[str, Any]]) -> int:
            method, path, options = each
            return Api(app.test_client(), project.secret_key).call(method, path, **options).status_code

        with ThreadPoolExecutor(2) as pool:
            edited, deleted = pool.map(call, calls)
        assert (edited, deleted) in {(200, 409), (400, 204), (409, 204)}
        assert api.get(f"/segments/{reader['id']}").json["status"] == "ready"


def test_two_edits_at_once_do_not_make_a_ring(app: Flask, api: Api, project: TestProject) -> None:
    for number in range(4):
        pair = [api.segment(f"{side} {number}", plan_is("pro")) for side in ("Left", "Right")]

        def point(ends: tuple[dict[str, str], dict[str, str]]) -> int:
            own = Api(app.test_client(), project.secret_key)
            return own.patch(
                f"/segments/{ends[0]['id']}", {"condition": rule(member_of(ends[1]))}
            ).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(point, [(pair[0], pair[1]), (pair[1], pair[0])])) == [200, 400]


def test_another_projects_segment_is_unknown_at_its_path(api: Api, other_api: Api) -> None:
    theirs = other_api.segment("Theirs", plan_is("pro"))
    wrong = rule(plan_is("pro"), member_of(theirs))
    told = {"condition.groups[0].filters[1].field": "unknown_segment"}
    mine = api.segment("Mine", plan_is("pro"))
    answers = [
        api.post("/segments", {"name": "New", "condition": wrong}),
        api.patch(f"/segments/{mine['id']}", {"condition": wrong}),
        api.post("/segments/preview", {"condition": wrong}),
        api.post("/segments/preview", {"condition": rule(plan_is("pro"), member_of({"id": UNKNOWN_ID}))}),
    ]
    for answer in answers:
        assert (answer.status_code, problems(answer)) == (400, told)
    first, *others = [answer.json["error"]["errors"] for answer in answers]
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/contacts"),
        ("POST", "/members"),
        ("DELETE", "/members"),
        ("POST", "/refresh"),
        ("GET", f"/explain/{UNKNOWN_ID}"),
    ],
)
def test_another_projects_segment_answers_as_an_unknown_one(
    api: Api, other_api: Api, method: str, path: str
) -> None:
    people(other_api, "ada")
    theirs = static(other_api, "Theirs", "ada@example.com")
    body = {"json": {"emails": ["ada@example.com"]}} if path == "/members" else {}
    if method == "PATCH":
        body = {"json": {"name": "Mine"}}
    answers = [
        api.call(method, f"/segments/{segment_id}{path}", **body)
        for segment_id in (theirs["id"], UNKNOWN_ID, "no-id", theirs["id"].upper() + "0")
    ]
    assert {refusal(answer) for answer in answers} == {(404, "SEGMENT_NOT_FOUND")}
    assert len({answer.json["message"] for answer in answers}) == 1
    assert other_api.members(theirs) == {"ada@example.com"}
    assert other_api.get(f"/segments/{theirs['id']}").json["name"] == "Theirs"


def test_a_list_shows_the_own_projects_segments_only(api: Api, other_api: Api) -> None:
    other_api.segment("Theirs", plan_is("pro"))
    api.segment("Mine", plan_is("pro"))
    assert [segment["name"] for segment in api.get("/segments").json] == ["Mine"]
