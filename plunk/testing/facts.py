"""Facts for handlers in tests: made up, and told as a worker tells them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from flask import Flask

from plunk import clock
from plunk.accounts.service import rules_version
from plunk.db.base import new_id
from plunk.db.session import transaction
from plunk.facts import EventTracked, Fact, MembershipChanged
from plunk.outbox.interest import interest, listeners
from plunk.outbox.wording import Origin, body_of, fact_of, kind_of
from plunk.plugins import call
from plunk.segments.slugs import slug_of


def tell(app: Flask, fact: Fact) -> list[str]:
    """Tells a fact to every plugin that wants to hear of it, and answers their names.

    As in a worker each handler has a transaction of its own, and gets the fact as it comes out of the database. What a
    handler raises comes out here; a worker would ask it again later. There is no time limit.
    """
    kind = kind_of(fact)
    with app.app_context():
        known = interest(fact.project_id, rules_version(fact.project_id))
        names = list(known.listeners(kind, fact.topic))
        for name in names:
            with transaction():
                call(listeners(app)[name][kind], fact=_as_stored(fact))
    return names


def membership_changed(
    project_id: UUID,
    email: str,
    *,
    change: Literal["entry", "exit"] = "entry",
    segment: str = "Trial users",
    sequence: int = 1,
) -> MembershipChanged:
    """Somebody came into a segment of that name, or left it. Neither needs to exist."""
    named = {"id": str(new_id()), "name": segment, "slug": slug_of(segment)}
    return MembershipChanged(**_about(project_id, email, sequence), change=change, segment=named)


def event_tracked(
    project_id: UUID, email: str, name: str, *, data: Mapping[str, Any] | None = None, sequence: int = 1
) -> EventTracked:
    """Somebody did something of that name. The contact need not exist."""
    return EventTracked(**_about(project_id, email, sequence), name=name, data=data or {})


def _about(project_id: UUID, email: str, sequence: int) -> dict[str, Any]:
    contact_id = new_id()
    return {
        "id": new_id(),
        "project_id": project_id,
        "contact_id": contact_id,
        "sequence": sequence,
        "at": clock.now(),
        "contact": {"id": str(contact_id), "email": email, "subscribed": True, "data": {}},
    }


def _as_stored(fact: Fact) -> Fact:
    origin = Origin(fact.id, fact.project_id, fact.contact_id, fact.sequence)
    return fact_of(kind_of(fact), json.loads(body_of(fact)), origin)
