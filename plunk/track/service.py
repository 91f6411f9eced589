"""Tracking: what a call says becomes a contact and an event, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk.contacts.data import DataWrite, is_same, limits
from plunk.contacts.models import Contact
from plunk.contacts.upsert import ContactWrite, DataTooLarge, Origin, Written, upsert, upsert_many
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.errors import InvalidInput, Problem
from plunk.events.recording import NewEvent


def track(project_id: UUID, body: dict[str, Any], origin: Origin) -> Written:
    """One loaded body, in the caller's transaction; raises DataTooLarge."""
    return upsert(project_id, _write(body), origin)


def track_many(
    project_id: UUID, bodies: Sequence[dict[str, Any] | InvalidInput], origin: Origin
) -> list[Written | InvalidInput]:
    """Many events in one transaction of its own: the good ones are committed, the others answered with what is
    wrong. `bodies` may hold faults already known; answers come in the same order.

    Items that would make a contact's data too large are found by trying: without them it is tried again.
    """
    outcomes: dict[int, Written | InvalidInput] = {}
    writes: dict[int, ContactWrite] = {}
    for index, body in enumerate(bodies):
        if isinstance(body, InvalidInput):
            outcomes[index] = body
        else:
            writes[index] = _write(body)
    while writes:
        indexes = list(writes)
        try:
            with transaction():
                written = upsert_many(project_id, [writes[index] for index in indexes], origin)
        except DataTooLarge as problem:
            at_fault = {writes[indexes[place]].email for place in problem.indexes}
            excess = _excess(project_id, writes, at_fault)
            for index in excess or (indexes[place] for place in problem.indexes):
                outcomes[index] = InvalidInput(excess.get(index, problem.problems))
                del writes[index]
            continue
        outcomes.update(zip(indexes, written, strict=True))
        break
    return [outcomes[index] for index in range(len(bodies))]


def _excess(
    project_id: UUID, writes: Mapping[int, ContactWrite], emails: set[str]
) -> dict[int, list[Problem]]:
    """Which writes to these contacts are too much, and why, judged in their order: what comes after one that is
    refused may fit. Empty if somebody made room meanwhile."""
    rows = select(Contact.email, Contact.data).where(
        Contact.project_id == project_id, Contact.email.in_(emails)
    )
    held: dict[str, dict[str, Any]] = {row.email: row.data for row in db.session.execute(rows)}
    found = {}
    for index, write in writes.items():
        if write.email not in emails:
            continue
        before = held.get(write.email, {})
        after = write.data.merged_into(before)
        problems = [] if is_same(before, after) else limits(after)
        if problems:
            found[index] = problems
        else:
            held[write.email] = after
    return found


def _write(body: dict[str, Any]) -> ContactWrite:
    data: DataWrite = body["data"] or DataWrite()
    event = NewEvent(body["event"], data.everything, body["timestamp"])
    return ContactWrite(body["email"], data, body["subscribed"], event)
