"""Counts: exact at the moment of the question, and how the list of all segments comes by its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from plunk import clock
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from tests.api import Api
from tests.conftest import TestProject
from tests.live import work_off
from tests.segments.rules import count, field, people, plan_is, static


def listed(api: Api) -> dict[str, dict[str, Any]]:
    """The list of segments, by name."""
    return {segment["name"]: segment for segment in api.get("/segments").json}


def test_a_count_is_exact_after_each_write(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    assert count(api, made) == (0, 0)
    api.contact("ada@example.com", data={"plan": "pro"})
    assert count(api, made) == (1, 1)
    api.track("bob@example.com", "signed_up", data={"plan": "pro"}, subscribed=False)
    assert count(api, made) == (2, 1)
    events = [
        {"email": f"n{number}@example.com", "event": "e", "data": {"plan": "pro"}} for number in range(3)
    ]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    assert count(api, made) == (5, 4)
    ada = api.get("/contacts/by-email/ada@example.com").json
    api.patch(f"/contacts/{ada['id']}", {"data": {"plan": None}})
    assert count(api, made) == (4, 3)
    api.patch(f"/contacts/{ada['id']}", {"data": {"plan": "pro"}, "subscribed": False})
    assert count(api, made) == (5, 3)
    api.delete(f"/contacts/{ada['id']}")
    assert count(api, made) == (4, 3)


def test_an_event_counts_at_once_and_at_its_own_time(api: Api) -> None:
    recent = api.segment("Recent", field("event.bought", "triggeredWithin", value=30, unit="days"))
    twice = api.segment("Twice", field("event.bought", "triggeredCount", value=2))
    old = clock.iso(clock.now() - timedelta(days=40))
    api.track("ada@example.com", "bought", timestamp=old)
    assert (count(api, recent), count(api, twice)) == ((0, 0), (0, 0))
    api.track("ada@example.com", "bought")
    assert (count(api, recent), count(api, twice)) == ((1, 1), (1, 1))


def test_time_alone_changes_a_count(api: Api) -> None:
    people(api, "ada")
    new = api.segment("New", field("createdAt", "within", value=30, unit="days"))
    old = api.segment("Old", field("createdAt", "olderThan", value=30, unit="days"))
    with clock.moved(timedelta(days=29, hours=23)):
        assert (count(api, new), count(api, old)) == ((1, 1), (0, 0))
    with clock.moved(timedelta(days=30, seconds=1)):
        assert (count(api, new), count(api, old)) == ((0, 0), (1, 1))


def test_a_refresh_keeps_the_count_for_the_list(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    people(api, "ada", "bob", data={"plan": "pro"})
    assert listed(api)["Payers"]["memberCount"] == 0
    response = api.post(f"/segments/{made['id']}/refresh")
    assert (response.status_code, response.json) == (200, {"memberCount": 2})
    assert listed(api)["Payers"]["memberCount"] == 2


def test_the_list_is_a_bare_array_newest_first(api: Api) -> None:
    assert api.get("/segments").json == []
    made = [api.segment(name, plan_is("pro")) for name in ("One", "Two", "Three")]
    answer = api.get("/segments").json
    assert [segment["name"] for segment in answer] == ["Three", "Two", "One"]
    assert answer == made[::-1]


def test_the_list_counts_static_segments_exactly(api: Api) -> None:
    ada, *_ = people(api, "ada", "bob")
    people(api, "eve", subscribed=False)
    made = static(api, "Friends", "ada@example.com")
    static(api, "Nobody")
    api.post(f"/segments/{made['id']}/members", {"emails": ["bob@example.com", "eve@example.com"]})
    found = listed(api)
    assert [found["Friends"][name] for name in ("memberCount", "reachableCount")] == [3, 2]
    assert found["Nobody"]["memberCount"] == 0
    api.delete(f"/contacts/{ada['id']}")
    assert listed(api)["Friends"]["memberCount"] == 2


def test_the_list_shows_the_last_count_of_a_dynamic_segment_and_when_that_was(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    people(api, "ada", data={"plan": "pro"})
    told = listed(api)["Payers"]
    assert (told["memberCount"], told["memberCountAt"]) == (0, made["memberCountAt"])


@pytest.mark.usefixtures("alone")
def test_old_counts_are_recounted_by_a_worker_after_a_list_was_asked_for(
    context: None, api: Api, project: TestProject, settings: Settings
) -> None:
    for name in ("Old", "Also old"):
        api.segment(name, plan_is("pro"))
    let_counts_grow_old(project)
    api.segment("Young", plan_is("pro"))
    people(api, "ada", "bob", data={"plan": "pro"})
    before = listed(api)
    assert {name: segment["memberCount"] for name, segment in before.items()} == {
        "Old": 0,
        "Also old": 0,
        "Young": 0,
    }
    work_off(settings)
    after = listed(api)
    assert {name: segment["memberCount"] for name, segment in after.items()} == {
        "Old": 2,
        "Also old": 2,
        "Young": 0,
    }
    assert after["Old"]["memberCountAt"] > before["Old"]["memberCountAt"]


def let_counts_grow_old(project: TestProject) -> None:
    with transaction():
        db.session.execute(
            text(
                "UPDATE segments SET member_count_at = member_count_at - interval '61 s' WHERE project_id = :id"
            ),
            {"id": project.id},
        )


@pytest.mark.parametrize("segment_id", ["no-id", "%00", "01890a5d"])
def test_a_malformed_id_is_no_segment(api: Api, segment_id: str) -> None:
    assert api.get(f"/segments/{segment_id}").status_code == 404
