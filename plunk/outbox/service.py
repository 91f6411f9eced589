"""Writing facts down for those who want to hear them, in the transaction that made them true."""

from __future__ import annotations

from collections.abc import Sequence

from plunk.db.base import new_id
from plunk.db.notes import notes
from plunk.db.pipeline import Statement, send
from plunk.db.session import after_commit
from plunk.facts import Fact
from plunk.jobs.queue import FACTS, wake
from plunk.outbox.interest import Interest
from plunk.outbox.wording import body_of, kind_of

_IS_WOKEN = "plunk.outbox.service"


def record(facts: Sequence[Fact], interest: Interest) -> None:
    """One row for each fact and each listener that wants it; a worker is woken once after the commit.

    Facts about one contact stand in the order of their sequence, and their contacts are locked: the rows of a contact
    then become visible in that order, on which the relay relies.
    """
    told = [
        (fact, listener, kind)
        for fact in facts
        for kind in (kind_of(fact),)
        for listener in interest.listeners(kind, fact.topic)
    ]
    if not told:
        return
    bodies = {fact.id: body_of(fact) for fact, _, _ in told}
    values = {
        "projects": [fact.project_id for fact, _, _ in told],
        "ids": [new_id() for _ in told],
        "facts": [fact.id for fact, _, _ in told],
        "listeners": [listener for _, listener, _ in told],
        "kinds": [kind for _, _, kind in told],
        "topics": [fact.topic for fact, _, _ in told],
        "contacts": [fact.contact_id for fact, _, _ in told],
        "sequences": [fact.sequence for fact, _, _ in told],
        "bodies": [bodies[fact.id] for fact, _, _ in told],
    }
    send([Statement(_INSERT, values)])
    if not notes().get(_IS_WOKEN):
        notes()[_IS_WOKEN] = True
        after_commit(lambda: wake(FACTS))


_INSERT = b"""
    INSERT INTO outbox (project_id, id, fact_id, listener, kind, topic, contact_id, sequence, body)
    SELECT project_id, id, fact_id, listener, kind, topic, contact_id, sequence, body::jsonb
    FROM unnest(
        %(projects)b::uuid[], %(ids)b::uuid[], %(facts)b::uuid[], %(listeners)b::text[], %(kinds)b::text[],
        %(topics)b::text[], %(contacts)b::uuid[], %(sequences)b::bigint[], %(bodies)b::text[]
    ) AS told (project_id, id, fact_id, listener, kind, topic, contact_id, sequence, body)
"""
