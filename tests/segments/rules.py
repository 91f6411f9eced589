"""Rules and segments in few words, for the tests of segments."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.api import Api

UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def rule(*filters: dict[str, Any], **group: Any) -> dict[str, Any]:
    """One group of filters that must all hold."""
    return {"logic": "AND", "groups": [{"filters": list(filters), **group}]}


def field(name: str, operator: str, **members: Any) -> dict[str, Any]:
    return {"field": name, "operator": operator, **members}


def plan_is(plan: str) -> dict[str, Any]:
    return field("data.plan", "equals", value=plan)


def member_of(segment: dict[str, Any]) -> dict[str, Any]:
    return field(f"segment.{segment['id']}", "memberOfSegment")


def entered(slug: str) -> dict[str, Any]:
    return field(f"event.segment.{slug}.entry", "triggered")


def static(api: Api, name: str, *emails: str, **fields: Any) -> dict[str, Any]:
    """A static segment of contacts that exist."""
    response = api.post("/segments", {"name": name, "type": "STATIC", "emails": list(emails), **fields})
    assert response.status_code == 201, response.json
    return response.json


def people(api: Api, *names: str, **fields: Any) -> list[dict[str, Any]]:
    """Contacts `<name>@example.com`."""
    return [api.contact(f"{name}@example.com", **fields) for name in names]


def count(api: Api, segment: dict[str, Any]) -> tuple[int, int]:
    """`(members, reachable ones)` as the segment says now."""
    found = api.get(f"/segments/{segment['id']}").json
    return found["memberCount"], found["reachableCount"]


def names(response: TestResponse) -> list[str]:
    """What stands before the @ of the contacts on a page, in their order."""
    assert response.status_code == 200, response.json
    return [contact["email"].partition("@")[0] for contact in response.json["data"]]


def refusal(response: TestResponse) -> tuple[int, str]:
    """`(status, code)` of an error."""
    return response.status_code, response.json["error"]["code"]
