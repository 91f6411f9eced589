"""Facts as JSON, and back: what a row of the outbox says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from plunk.facts import EventTracked, Fact, MembershipChanged

Kind = Literal["event", "membership"]

HOOKS: Mapping[Kind, str] = {"event": "plunk_event_tracked", "membership": "plunk_membership_changed"}
"""The hook that hears facts of a kind."""


@dataclass(frozen=True)
class Origin:
    """What a row says of its fact outside the body."""

    fact_id: UUID
    project_id: UUID
    contact_id: UUID
    sequence: int


def kind_of(fact: Fact) -> Kind:
    return "event" if isinstance(fact, EventTracked) else "membership"


def body_of(fact: Fact) -> str:
    """The fact as JSON, without what its row says in columns. Ids and times in it become text."""
    body = {"at": fact.at, "contact": fact.contact}
    if isinstance(fact, EventTracked):
        body |= {"name": fact.name, "data": fact.data}
    else:
        body |= {"change": fact.change, "segment": fact.segment}
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_text)


def fact_of(kind: str, body: Mapping[str, Any], origin: Origin) -> Fact:
    """The fact that `body_of` wrote down."""
    shared: dict[str, Any] = {
        "id": origin.fact_id,
        "project_id": origin.project_id,
        "contact_id": origin.contact_id,
        "sequence": origin.sequence,
        "at": datetime.fromisoformat(body["at"]),
        "contact": body["contact"],
    }
    if kind == "event":
        return EventTracked(**shared, name=body["name"], data=body["data"])
    return MembershipChanged(**shared, change=body["change"], segment=body["segment"])


def _text(value: object) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, Any], value))
    raise TypeError(f"{type(value).__name__} has no place in a fact")
