"""Time passes: contacts whose timers are due are judged again, each second."""

from __future__ import annotations

import time
from uuid import UUID

from sqlalchemy import exists, select

from plunk import clock
from plunk.accounts.models import Project
from plunk.db.base import db
from plunk.db.turns import in_turn
from plunk.segments.membership import judge_again
from plunk.segments.models import MembershipTimer

BATCH = 500
SECONDS = 5.0
"""How long one sweep goes on; what is left then waits for the next."""


def sweep() -> int:
    """Judges what is due, in order of time, some contacts a transaction; answers how many.

    Projects take turns, and each has one: neither a crowd in one of them nor its failing keeps the others waiting.
    """
    judged = 0
    until = time.monotonic() + SECONDS
    projects = _due_projects()
    while projects:
        found = in_turn(projects, _judge_some, what="timers")
        judged += sum(found.values())
        projects = [project_id for project_id, number in found.items() if number]
        if time.monotonic() > until:
            break
    return judged


def _judge_some(project_id: UUID) -> int:
    due = _due_contacts(project_id)
    if due:
        judge_again(project_id, due)
    return len(due)


def _due_projects() -> list[UUID]:
    is_due = exists().where(
        MembershipTimer.project_id == Project.id, MembershipTimer.due_at <= clock.sql_now()
    )
    return list(db.session.scalars(select(Project.id).where(is_due)))


def _due_contacts(project_id: UUID) -> list[UUID]:
    """Read without locks: what was judged meanwhile has other timers, and is judged once more in vain."""
    due = (
        select(MembershipTimer.contact_id)
        .where(MembershipTimer.project_id == project_id, MembershipTimer.due_at <= clock.sql_now())
        .order_by(MembershipTimer.due_at)
        .limit(BATCH)
    )
    return list(dict.fromkeys(db.session.scalars(due)))
