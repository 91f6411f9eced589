"""What a bulk job can do to contacts, one batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from plunk.contacts import many
from plunk.contacts.upsert import Origin
from plunk.errors import SegmentNotFound
from plunk.segments import service as segments
from plunk.segments import static
from plunk.segments.membership import move


@dataclass(frozen=True)
class Task:
    """Whose contacts, on whose behalf, and for members: of which static segment."""

    project_id: UUID
    origin: Origin
    segment_id: UUID | None = None


Action = Callable[[Task, Sequence[UUID]], set[UUID]]
"""Does it to contacts that are locked; answers those whom it changed."""


def subscribe(task: Task, ids: Sequence[UUID]) -> set[UUID]:
    return many.set_subscribed(task.project_id, ids, subscribed=True, origin=task.origin)


def unsubscribe(task: Task, ids: Sequence[UUID]) -> set[UUID]:
    return many.set_subscribed(task.project_id, ids, subscribed=False, origin=task.origin)


def delete(task: Task, ids: Sequence[UUID]) -> set[UUID]:
    many.remove_all(task.project_id, ids)
    return set(ids)


def add_members(task: Task, ids: Sequence[UUID]) -> set[UUID]:
    return _move(task, ids, is_entry=True)


def remove_members(task: Task, ids: Sequence[UUID]) -> set[UUID]:
    return _move(task, ids, is_entry=False)


def _move(task: Task, ids: Sequence[UUID], *, is_entry: bool) -> set[UUID]:
    """Raises SegmentNotFound if the segment was deleted."""
    if task.segment_id is None:
        raise SegmentNotFound
    segment = segments.get(task.project_id, task.segment_id)
    static.require_static(segment)
    static.begin(segment)
    return move(segment, ids, is_entry=is_entry)


ACTIONS: dict[str, Action] = {
    "contacts.subscribe": subscribe,
    "contacts.unsubscribe": unsubscribe,
    "contacts.delete": delete,
    "members.add": add_members,
    "members.remove": remove_members,
}
"""By the kind of job."""
