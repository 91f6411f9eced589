"""A rule with an operator that no plugin brings any more: said, never a 500, and mended by another rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments.jobs import recount_stale
from tests.api import Api
from tests.conftest import TestProject
from tests.segments.rules import count, field, member_of, people, plan_is, refusal, rule

BROKEN_RULE = rule(plan_is("pro"), field("data.sign", "starsAlign", value="leo"))


@pytest.fixture
def broken(context: None, api: Api, project: TestProject) -> dict[str, Any]:
    """A segment that had a member when its plugin went away."""
    people(api, "ada", data={"plan": "pro"})
    made = api.segment("Stars", plan_is("pro"))
    break_rule(project, made)
    return made


def break_rule(project: TestProject, segment: dict[str, Any]) -> None:
    with transaction():
        db.session.execute(
            text(
                "UPDATE segments SET condition = :rule, member_count_at = member_count_at - interval '61 s' "
                "WHERE project_id = :project AND id = :id"
            ),
            {"rule": json.dumps(BROKEN_RULE), "project": project.id, "id": segment["id"]},
        )


def test_a_broken_segment_says_so_with_its_last_count(api: Api, broken: dict[str, Any]) -> None:
    people(api, "bob", data={"plan": "pro"})
    for told in (api.get(f"/segments/{broken['id']}").json, api.get("/segments").json[0]):
        assert told["status"] == "broken"
        assert "starsAlign" in told["statusReason"]
        assert (told["memberCount"], told["condition"]) == (1, BROKEN_RULE)


@pytest.mark.parametrize(("method", "path"), [("GET", "/contacts"), ("POST", "/refresh")])
def test_the_members_of_a_broken_segment_cannot_be_had(
    api: Api, broken: dict[str, Any], method: str, path: str
) -> None:
    response = api.call(method, f"/segments/{broken['id']}{path}")
    assert refusal(response) == (409, "SEGMENT_BROKEN")
    assert "starsAlign" in response.json["message"]


def test_a_broken_segment_cannot_be_explained(api: Api, broken: dict[str, Any]) -> None:
    ada = api.get("/contacts/by-email/ada@example.com").json
    response = api.get(f"/segments/{broken['id']}/explain/{ada['id']}")
    assert refusal(response) == (409, "SEGMENT_BROKEN")


def test_a_broken_segment_can_be_renamed_and_stays_broken(api: Api, broken: dict[str, Any]) -> None:
    response = api.patch(f"/segments/{broken['id']}", {"name": "Constellations"})
    assert response.status_code == 200
    told = [response.json[name] for name in ("name", "status", "memberCount")]
    assert told == ["Constellations", "broken", 1]


def test_a_new_rule_mends_a_broken_segment(api: Api, broken: dict[str, Any]) -> None:
    people(api, "bob", data={"plan": "pro"})
    response = api.patch(f"/segments/{broken['id']}", {"condition": rule(plan_is("pro"))})
    told = [response.json[name] for name in ("status", "statusReason", "memberCount")]
    assert told == ["ready", None, 2]


def test_a_broken_segment_can_be_deleted(api: Api, broken: dict[str, Any]) -> None:
    assert api.delete(f"/segments/{broken['id']}").status_code == 204


def test_what_a_broken_rule_mentions_is_still_in_use(api: Api, broken: dict[str, Any]) -> None:
    response = api.get("/contacts/fields/data.sign/usage")
    if response.status_code == 200:
        assert [usage["name"] for usage in response.json["usages"]] == ["Stars"]
    api.contact("ada@example.com", data={"sign": "leo"})
    response = api.get("/contacts/fields/data.sign/usage")
    assert [usage["name"] for usage in response.json["usages"]] == ["Stars"]


def test_a_segment_that_mentions_a_broken_one_is_broken_too(
    api: Api, project: TestProject, context: None
) -> None:
    people(api, "ada", data={"plan": "pro"})
    stars = api.segment("Stars", plan_is("pro"))
    reader = api.segment("Reader", member_of(stars))
    far = api.segment("Far", member_of(reader))
    break_rule(project, stars)
    for segment in (reader, far):
        told = api.get(f"/segments/{segment['id']}").json
        assert (told["status"], told["memberCount"]) == ("broken", 1)
        assert "Stars" in told["statusReason"]
        assert "starsAlign" in told["statusReason"]
        assert refusal(api.get(f"/segments/{segment['id']}/contacts")) == (409, "SEGMENT_BROKEN")
        assert api.patch(f"/segments/{segment['id']}", {"description": "x"}).status_code == 200
    assert {each["name"]: each["status"] for each in api.get("/segments").json} == {
        "Stars": "broken",
        "Reader": "broken",
        "Far": "broken",
    }
    response = api.post("/segments/preview", {"condition": rule(member_of(far))})
    assert refusal(response) == (409, "SEGMENT_BROKEN")
    response = api.post("/segments", {"name": "New", "condition": rule(member_of(far))})
    assert refusal(response) == (409, "SEGMENT_BROKEN")


def test_a_broken_segment_does_not_keep_others_from_being_counted(
    api: Api, project: TestProject, context: None
) -> None:
    stars = api.segment("Stars", plan_is("pro"))
    made = [
        api.segment("Reader", member_of(stars)),
        *(api.segment(f"Plain {n}", plan_is("pro")) for n in (1, 2)),
    ]
    for segment in [stars, *made]:
        break_rule(project, segment)
    with transaction():
        for segment in made:
            db.session.execute(
                text("UPDATE segments SET condition = :rule WHERE project_id = :project AND id = :id"),
                {"rule": json.dumps(segment["condition"]), "project": project.id, "id": segment["id"]},
            )
    people(api, "ada", data={"plan": "pro"})
    recount_stale(str(project.id))
    counts = {each["name"]: each["memberCount"] for each in api.get("/segments").json}
    assert counts == {"Stars": 0, "Reader": 0, "Plain 1": 1, "Plain 2": 1}


def test_a_rule_beyond_a_limit_that_was_lowered_is_broken(
    api: Api, project: TestProject, settings: Settings, context: None
) -> None:
    people(api, "ada", data={"plan": "pro"})
    made = api.segment("Payers", plan_is("pro"))
    long = rule(plan_is("x" * (settings.max_value_bytes + 1)))
    with transaction():
        db.session.execute(
            text("UPDATE segments SET condition = :rule WHERE project_id = :project AND id = :id"),
            {"rule": json.dumps(long), "project": project.id, "id": made["id"]},
        )
    told = api.get(f"/segments/{made['id']}").json
    assert (told["status"], told["memberCount"]) == ("broken", 1)
    assert api.get("/segments").status_code == 200
    assert api.patch(f"/segments/{made['id']}", {"name": "Others"}).status_code == 200
    assert api.patch(f"/segments/{made['id']}", {"condition": rule(plan_is("pro"))}).json["status"] == "ready"
    assert count(api, made) == (1, 1)
