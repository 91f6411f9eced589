"""What an endpoint is told of a fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from plunk.clock import iso
from plunk.db.base import to_json
from plunk.facts import EventTracked, Fact, MembershipChanged

TEST_TYPE = "webhook.test"


def body_of(fact: Fact) -> str:
    """The text that is signed and sent, at every attempt the same: `{type, timestamp, sequence, data}`."""
    return _body(fact.topic, fact.at, fact.sequence, _data(fact))


def test_body(contact_id: UUID, at: datetime) -> str:
    """An example, to try an endpoint with. Its contact does not exist."""
    contact = {"id": str(contact_id), "email": "ada@example.com", "subscribed": True, "data": {"plan": "pro"}}
    return _body(TEST_TYPE, at, 0, {"contact": contact, "event": {"message": "This is a test"}})


def message_id(fact_id: UUID) -> str:
    """The `webhook-id` header: the same for a fact at every endpoint and attempt."""
    return f"msg_{fact_id}"


def _data(fact: Fact) -> dict[str, Any]:
    if isinstance(fact, EventTracked):
        return {"contact": _contact(fact.contact), "event": dict(fact.data)}
    return {
        "contact": _contact(fact.contact),
        "event": {"segmentId": str(fact.segment["id"]), "segmentName": fact.segment["name"]},
        "segment": _segment(fact),
    }


def _contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(contact["id"]),
        "email": contact["email"],
        "subscribed": contact["subscribed"],
        "data": contact["data"],
    }


def _segment(fact: MembershipChanged) -> dict[str, Any]:
    return {"id": str(fact.segment["id"]), "name": fact.segment["name"], "slug": fact.segment["slug"]}


def _body(kind: str, at: datetime, sequence: int, data: dict[str, Any]) -> str:
    return to_json({"type": kind, "timestamp": iso(at), "sequence": sequence, "data": data})
