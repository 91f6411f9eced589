"""What webhooks hear of, and what they note down for their endpoints."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from plunk import hookimpl
from plunk.db.base import new_id
from plunk.db.pipeline import Statement, run
from plunk.facts import EventTracked, Fact, MembershipChanged
from plunk.webhooks.deliveries import wake_senders
from plunk.webhooks.patterns import wants
from plunk.webhooks.payload import body_of
from plunk.webhooks.service import listening, naming

# Never due before what it waits for, even if the clock was set back in between: senders rely on that.
_INSERT = b"""
    INSERT INTO webhook_deliveries
        (project_id, endpoint_id, id, fact_id, contact_id, sequence, type, body, due_at)
    SELECT %(project)s, given.endpoint_id, given.id, %(fact)s, %(contact)s, %(sequence)s, %(type)s, %(body)s,
        greatest(clock_timestamp(), earlier.due_at)
    FROM unnest(%(endpoints)s::uuid[], %(ids)s::uuid[]) AS given (endpoint_id, id)
    LEFT JOIN LATERAL (
        SELECT due_at FROM webhook_deliveries AS earlier
        WHERE earlier.project_id = %(project)s AND earlier.endpoint_id = given.endpoint_id
            AND earlier.contact_id = %(contact)s AND earlier.is_first
        ORDER BY earlier.sequence DESC LIMIT 1
    ) AS earlier ON true
    ON CONFLICT (project_id, fact_id, endpoint_id) DO NOTHING
"""


@hookimpl
def plunk_event_tracked(fact: EventTracked) -> None:
    """A delivery for each endpoint that wants to hear of it."""
    _note(fact)


@hookimpl
def plunk_membership_changed(fact: MembershipChanged) -> None:
    """A delivery for each endpoint that wants to hear of it."""
    _note(fact)


@hookimpl
def plunk_wanted_topics(project_id: UUID) -> list[str]:
    """The patterns of all enabled endpoints."""
    return [pattern for patterns in listening(project_id).values() for pattern in patterns]


@hookimpl
def plunk_usages(project_id: UUID, kind: str, name: str) -> list[dict[str, Any]]:
    """The endpoints that name a segment by its slug, disabled ones too: a rename would leave them without their
    events. Other events may be deleted under a webhook: it hears of those to come."""
    if kind != "event" or not name.startswith("segment."):
        return []
    found = naming(project_id, name)
    return [{"type": "webhook", "id": str(endpoint_id), "name": url} for endpoint_id, url in found]


def _note(fact: Fact) -> None:
    """The body is made once, now: the contact may be gone when it is sent."""
    patterns = listening(fact.project_id)
    endpoints = [each for each, wanted in patterns.items() if wants(wanted, fact.topic)]
    if not endpoints:
        return
    params = {
        "project": fact.project_id,
        "fact": fact.id,
        "contact": fact.contact_id,
        "sequence": fact.sequence,
        "type": fact.topic,
        "body": body_of(fact),
        "endpoints": endpoints,
        "ids": [new_id() for _ in endpoints],
    }
    run([Statement(_INSERT, params)], prepare=False)
    wake_senders()
