"""Whatever belongs to another project is as unknown as what never was."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.web.envelope import error_of

UNKNOWN = "01890000-0000-7000-8000-000000000000"
BY_ID = [
    ("GET", "/contacts/{contact}", None),
    ("PATCH", "/contacts/{contact}", {"data": {"x": 1}}),
    ("DELETE", "/contacts/{contact}", None),
    ("GET", "/contacts/by-email/shared@example.com", None),
    ("GET", "/contacts/{contact}/timeline", None),
    ("GET", "/contacts/{contact}/segments", None),
    ("GET", "/events/contact/{contact}", None),
    ("GET", "/segments/{segment}", None),
    ("PATCH", "/segments/{segment}", {"name": "Mine"}),
    ("DELETE", "/segments/{segment}", None),
    ("GET", "/segments/{segment}/contacts", None),
    ("GET", "/segments/{segment}/growth", None),
    ("POST", "/segments/{segment}/members", {"emails": ["shared@example.com"]}),
    ("DELETE", "/segments/{segment}/members", {"emails": ["shared@example.com"]}),
    ("POST", "/segments/{segment}/refresh", None),
    ("GET", "/segments/{segment}/explain/{contact}", None),
    (
        "POST",
        "/segments/{segment}/forecast",
        {"condition": {"logic": "AND", "groups": [{"filters": [{"field": "data.x", "operator": "exists"}]}]}},
    ),
    ("GET", "/jobs/{job}", None),
    ("GET", "/contacts/fields/plan/values", None),
    ("GET", "/contacts/fields/plan/usage", None),
    ("DELETE", "/contacts/fields/plan", None),
    ("GET", "/events/bought/usage", None),
    ("DELETE", "/events/bought", None),
]


@pytest.fixture
def theirs(other_api: Api) -> dict[str, str]:
    """Things of the other project."""
    other_api.contact("gone@example.com", data={"gone": 1})
    contact = other_api.contact("shared@example.com", data={"plan": "pro"})
    other_api.track("shared@example.com", "bought")
    segment = other_api.post(
        "/segments", {"name": "Theirs", "type": "STATIC", "emails": ["shared@example.com"]}
    ).json
    job = other_api.delete("/contacts/fields/gone").json
    return {"contact": contact["id"], "segment": segment["id"], "job": job["jobId"]}


@pytest.mark.parametrize(("method", "path", "body"), BY_ID)
def test_a_path_to_something_of_another_project_is_404(
    api: Api, theirs: dict[str, str], method: str, path: str, body
) -> None:
    options = {} if body is None else {"json": body}
    foreign = error_of(api.call(method, path.format(**theirs), **options), 404)
    unknown = error_of(
        api.call(method, path.format(contact=UNKNOWN, segment=UNKNOWN, job=UNKNOWN), **options), 404
    )
    assert foreign["code"] == unknown["code"]
    assert foreign["message"] == unknown["message"]


def test_a_failed_attempt_changes_nothing(api: Api, other_api: Api, theirs: dict[str, str]) -> None:
    for method, path, body in BY_ID:
        api.call(method, path.format(**theirs), **({} if body is None else {"json": body}))
    assert other_api.get(f"/contacts/{theirs['contact']}").json["data"] == {"plan": "pro"}
    segment = other_api.get(f"/segments/{theirs['segment']}").json
    assert (segment["name"], segment["memberCount"]) == ("Theirs", 1)
    assert other_api.get("/events/names").json["eventNames"] == ["bought"]


def test_lists_hold_only_the_projects_own(api: Api, theirs: dict[str, str]) -> None:
    assert api.get("/contacts").json == {"data": [], "cursor": None, "hasMore": False, "total": 0}
    assert api.get("/events").json["events"] == []
    assert api.get("/events/names").json == {"eventNames": []}
    assert api.get("/events/stats").json == []
    assert api.get("/segments").json == []
    assert [field["field"] for field in api.get("/contacts/fields").json["fields"] if field["isCustom"]] == []
    assert api.get("/contacts", search="shared").json["total"] == 0


def test_lookup_does_not_find_them(api: Api, theirs: dict[str, str]) -> None:
    answer = api.post("/contacts/lookup", {"emails": ["shared@example.com"]}).json
    assert answer == {"found": [], "notFound": ["shared@example.com"]}


def test_the_same_address_is_another_contact_in_each_project(api: Api, other_api: Api, theirs) -> None:
    mine = api.contact("shared@example.com", data={"plan": "free"})
    assert mine["_meta"]["isNew"]
    assert mine["id"] != theirs["contact"]
    assert mine["projectId"] != other_api.get(f"/contacts/{theirs['contact']}").json["projectId"]
    api.track("shared@example.com", "bought")
    assert len(other_api.get("/events").json["events"]) == 1
    assert api.delete(f"/contacts/{mine['id']}").status_code == 204
    assert other_api.get(f"/contacts/{theirs['contact']}").json["data"] == {"plan": "pro"}


def test_the_same_idempotency_key_is_another_one_in_each_project(api: Api, other_api: Api) -> None:
    body = {"email": "i@example.com", "event": "e"}
    for one in (api, other_api):
        assert one.post("/v1/track", body, headers={"Idempotency-Key": "same"}).status_code == 200
        assert one.post("/v1/track", body, headers={"Idempotency-Key": "same"}).status_code == 409


def test_a_static_segment_takes_no_contact_of_another_project(api: Api, theirs: dict[str, str]) -> None:
    segment = api.post("/segments", {"name": "Mine", "type": "STATIC"}).json
    answer = api.post(f"/segments/{segment['id']}/members", {"emails": ["shared@example.com"]}).json
    assert answer == {"added": 0, "alreadyMembers": 0, "created": 0, "notFound": ["shared@example.com"]}


def test_deleting_a_field_leaves_the_other_projects_field(
    api: Api, other_api: Api, context: None, theirs
) -> None:
    from uuid import UUID

    from plunk.jobs.running import run

    mine = api.contact("a@example.com", data={"plan": "x"})
    job = api.delete("/contacts/fields/plan").json["jobId"]
    run(mine["projectId"], str(UUID(job)))
    assert api.get(f"/contacts/{mine['id']}").json["data"] == {}
    assert other_api.get(f"/contacts/{theirs['contact']}").json["data"] == {"plan": "pro"}
