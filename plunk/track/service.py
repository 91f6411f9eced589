"""Tracking: what a call says becomes a contact and an event, together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plunk.contacts.data import DataWrite
from plunk.contacts.upsert import ContactWrite, DataTooLarge, Origin, Written, upsert, upsert_many
from plunk.db.session import transaction
from plunk.errors import InvalidInput
from plunk.events.recording import NewEvent


def track(project_id: UUID, body: dict[str, Any], origin: Origin) -> Written:
    """One loaded body, in the caller's transaction; raises DataTooLarge."""
    return upsert(project_id, _write(body), origin)


def track_many(
    project_id: UUID, bodies: Sequence[dict[str, Any] | InvalidInput], origin: Origin
) -> list[Written | InvalidInput]:
    """Many events in one transaction of its own: the good ones are committed, the others answered with what is
    wrong. `bodies` may hold faults already known; answers come in the same order.

    Contacts whose merged data would be too large are found by trying: without them it is tried again.
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
            for place in problem.indexes:
                outcomes[indexes[place]] = InvalidInput(problem.problems)
                del writes[indexes[place]]
            continue
        outcomes.update(zip(indexes, written, strict=True))
        break
    return [outcomes[index] for index in range(len(bodies))]


def _write(body: dict[str, Any]) -> ContactWrite:
    data: DataWrite = body["data"] or DataWrite()
    event = NewEvent(body["event"], data.everything, body["timestamp"])
    return ContactWrite(body["email"], data, body["subscribed"], event)
