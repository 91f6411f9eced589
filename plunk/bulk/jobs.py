"""What workers do with bulk jobs: batch after batch, each with its place in one transaction.

Who is killed leaves whole batches, and the next worker goes on behind the last; of two workers that both think a job
theirs, only one can commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import ColumnElement, select

from plunk.bulk.actions import ACTIONS, Action, Task
from plunk.contacts.listing import count, id_after
from plunk.contacts.many import lock_all
from plunk.contacts.models import Contact
from plunk.contacts.upsert import Origin
from plunk.db.arrays import is_one_of
from plunk.db.base import db
from plunk.errors import Broken, InvalidInput, NotSuited, SegmentNotFound
from plunk.jobs import kinds
from plunk.jobs.running import Hopeless, Running
from plunk.segments.failing import asking
from plunk.segments.selection import Selection

BATCH = 1_000
"""At most so many contacts are locked in one transaction."""

RANGE = 10_000
"""At most so many are looked at for them."""

BEGINNING = UUID(int=0)
Progress = dict[str, Any]


def init_app(app: Flask) -> None:
    for kind in ACTIONS:
        kinds.register(app, kind, run, can_cancel=True)


@dataclass(frozen=True)
class _Plan:
    """What holds for all batches of a job. `end` is the last id that is meant."""

    action: Action
    task: Task
    selection: Selection
    end: UUID


def run(job: Running) -> dict[str, Any]:
    """Does the job, or the rest of it."""
    plan = _plan(job)
    step = _named if plan.selection.ids is not None else _described
    try:
        progress = job.progress or job.batch(partial(_begin, job, plan))
        while not progress["isOver"]:
            progress = job.batch(partial(step, job, plan, progress))
    except SegmentNotFound:
        raise Hopeless("A segment that the job is about was deleted") from None
    except (Broken, NotSuited) as problem:
        raise Hopeless(problem.message) from None
    except InvalidInput as problem:
        raise Hopeless(f"Its condition means nothing any more: {problem.problems[0].message}") from None
    return {name: progress[name] for name in ("changed", "unchanged", "notFound")}


def _plan(job: Running) -> _Plan:
    params = job.params
    segment_id = params["segmentId"]
    task = Task(
        job.project_id,
        Origin(params["source"], params["keyKind"]),
        UUID(segment_id) if segment_id else None,
    )
    selection = Selection.from_json(job.project_id, params["selection"])
    return _Plan(ACTIONS[job.kind], task, selection, UUID(params["end"]) if params["end"] else BEGINNING)


def _begin(job: Running, plan: _Plan) -> Progress:
    """How many there are to do: for people, the end is reached by other signs."""
    ids = plan.selection.ids
    with asking():
        total = len(ids) if ids is not None else count(plan.selection.where(within=_up_to(plan.end)))
    progress: Progress = {
        "total": total,
        "changed": 0,
        "unchanged": 0,
        "notFound": 0,
        "isOver": not total and ids is None,
    }
    job.report(progress)
    return progress


def _named(job: Running, plan: _Plan, progress: Progress) -> Progress:
    """The next of the contacts that were named by id."""
    place = len(progress.get("items", ()))
    ids = (plan.selection.ids or ())[place : place + BATCH]
    found = lock_all(job.project_id, ids)
    changed = plan.action(plan.task, found)
    outcomes = {each: "changed" if each in changed else "unchanged" for each in found}
    items = [{"id": str(each), "outcome": outcomes.get(each, "notFound")} for each in ids]
    further = _further(progress, changed=len(changed), done=len(found), missing=len(ids) - len(found))
    further["items"] = [*progress.get("items", ()), *items]
    further["isOver"] = len(further["items"]) == progress["total"]
    job.report(further)
    return further


def _described(job: Running, plan: _Plan, progress: Progress) -> Progress:
    """The next range of the contacts that a filter describes. They are asked again once they are locked: who was
    changed a moment before may not be meant any more."""
    after = UUID(progress.get("after", str(BEGINNING)))
    end = min(id_after(job.project_id, after, number=RANGE) or plan.end, plan.end)
    ids = _meant(plan.selection, after, end)
    if len(ids) == BATCH:
        end = ids[-1]
    changed: set[UUID] = set()
    if ids:
        locked = lock_all(job.project_id, ids)
        ids = _still_meant(plan.selection, locked)
        changed = plan.action(plan.task, ids)
    further = _further(progress, changed=len(changed), done=len(ids))
    further |= {"after": str(end), "isOver": end >= plan.end}
    job.report(further)
    return further


def _meant(selection: Selection, after: UUID, end: UUID) -> list[UUID]:
    def within(column: Any) -> list[ColumnElement[bool]]:
        return [column > after, column <= end]

    found = select(Contact.id).where(*selection.where(within=within)).order_by(Contact.id).limit(BATCH)
    with asking():
        return list(db.session.scalars(found))


def _still_meant(selection: Selection, locked: Sequence[UUID]) -> list[UUID]:
    """In the order in which they were locked."""

    def within(column: Any) -> list[ColumnElement[bool]]:
        return [is_one_of(column, locked)]

    with asking():
        found = set(db.session.scalars(select(Contact.id).where(*selection.where(within=within))))
    return [each for each in locked if each in found]


def _up_to(end: UUID) -> Any:
    return lambda column: [column <= end]


def _further(progress: Progress, *, changed: int, done: int, missing: int = 0) -> Progress:
    return {
        **progress,
        "changed": progress["changed"] + changed,
        "unchanged": progress["unchanged"] + done - changed,
        "notFound": progress["notFound"] + missing,
    }
