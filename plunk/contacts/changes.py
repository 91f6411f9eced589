"""Before and after a change of contacts: the lock that all writers share, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plunk import plugins
from plunk.accounts.service import rules_version
from plunk.db.base import new_id
from plunk.db.locks import number
from plunk.db.pipeline import Statement, run
from plunk.events.recording import NewEvent
from plunk.facts import ContactChange, EventTracked, StoredEvent
from plunk.outbox.interest import Interest, interest
from plunk.outbox.service import record

CREATED, UPDATED, DELETED = "contact.created", "contact.updated", "contact.deleted"


def sharing(project_id: UUID) -> Statement:
    """The first statement of every write: edits of rules, refreshes and changes of addresses keep writers out by the
    same lock."""
    return Statement(_SHARE, {"key": number("rules", project_id)})


def begin(project_id: UUID, contact_ids: Sequence[UUID] | None = None, *, emails: Sequence[str] = ()) -> None:
    """Opens a write to contacts: the shared lock, and a last look at them as they are, for those who must know how
    things stood. `emails` are normalised; who does not exist yet is skipped."""
    run([sharing(project_id)])
    plugins.hook().plunk_contacts_changing(
        project_id=project_id, contact_ids=list(contact_ids or ()), emails=list(emails)
    )


def tell(project_id: UUID, changes: Sequence[ContactChange], *, version: int | None = None) -> None:
    """Records the facts that somebody wants to hear and lets every room follow, in the transaction of the change.

    `version` is the project's rules version, read after the lock; it is read here unless given.
    """
    if not changes:
        return
    if version is None:
        version = rules_version(project_id)
    listening = interest(project_id, version)
    _record_facts(project_id, [change for change in changes if not change.is_deleted], listening)
    plugins.hook().plunk_contacts_changed(project_id=project_id, rules_version=version, changes=changes)
    # Last: whoever forgets a contact then has heard of its exits.
    deleted = [change for change in changes if change.is_deleted]
    _record_facts(project_id, deleted, listening)
    if deleted:
        run(
            [Statement(_FORGET, {"project_id": project_id, "ids": [change.contact_id for change in deleted]})]
        )


def stored(event: NewEvent, event_id: UUID, at: Any) -> StoredEvent:
    """An event as it is told to others."""
    return StoredEvent(event_id, event.name, event.data, at)


def _record_facts(project_id: UUID, changes: Sequence[ContactChange], listening: Interest) -> None:
    if listening.is_empty("event"):
        return
    wanted = {
        change.contact_id: topics
        for change in changes
        if (topics := [each for each in _happenings(change) if listening.listeners("event", each[1])])
    }
    if not wanted:
        return
    values = {
        "project_id": project_id,
        "ids": list(wanted),
        "numbers": [len(topics) for topics in wanted.values()],
    }
    (rows,) = run([Statement(_NUMBER, values)])
    before = {change.contact_id: change.before for change in changes if change.before is not None}
    facts = []
    for contact_id, email, subscribed, data, sequence, now in rows:
        contact = before.get(contact_id) or {
            "id": str(contact_id),
            "email": email,
            "subscribed": subscribed,
            "data": data,
        }
        topics = wanted[contact_id]
        for place, (fact_id, name, content, at) in enumerate(topics, start=sequence - len(topics) + 1):
            facts.append(
                EventTracked(fact_id, project_id, contact_id, place, at or now, contact, name, content)
            )
    record(facts, listening)


def _happenings(change: ContactChange) -> list[tuple[UUID, str, Any, Any]]:
    """`(id, topic, data, at)` of all that happened to a contact, in the order it is told."""
    found: list[tuple[UUID, str, Any, Any]] = []
    if change.is_new:
        found.append((new_id(), CREATED, {}, None))
    elif change.fields:
        found.append((new_id(), UPDATED, {}, None))
    found += [(event.id, event.name, event.data, event.at) for event in change.events]
    if change.is_deleted:
        found.append((new_id(), DELETED, {}, None))
    return found


_SHARE = b"SELECT pg_advisory_xact_lock_shared(%(key)s)"
_NUMBER = b"""
    WITH numbered AS (
        INSERT INTO contact_sequences AS s (project_id, contact_id, sequence)
        SELECT %(project_id)s, * FROM unnest(%(ids)s::uuid[], %(numbers)s::bigint[])
        ON CONFLICT (project_id, contact_id) DO UPDATE SET sequence = s.sequence + excluded.sequence
        RETURNING contact_id, sequence
    )
    SELECT c.id, c.email, c.subscribed, c.data, n.sequence, date_trunc('milliseconds', clock_timestamp())
    FROM numbered AS n JOIN contacts AS c ON c.project_id = %(project_id)s AND c.id = n.contact_id
"""
_FORGET = b"DELETE FROM contact_sequences WHERE project_id = %(project_id)s AND contact_id = ANY(%(ids)s)"
