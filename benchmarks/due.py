"""From the moment at which time flips a rule to the exit being there for all to see, with the real scheduler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import click

from benchmarks import projects
from benchmarks.measuring import Row, alone
from benchmarks.processes import SCHEDULER, beside
from benchmarks.stage import Stage
from plunk.db.base import new_id

AIM = 3_000.0
PACE, SECONDS = 500, 20
"""Contacts whose time comes, a second, and for how long."""
AHEAD = timedelta(seconds=15)
"""How long the first may take to be in."""
WINDOW = timedelta(days=30)
LOOKS = 0.05
PATIENCE = 60.0
NEWCOMERS = {
    "logic": "AND",
    "groups": [
        {"filters": [{"field": "createdAt", "operator": "within", "value": WINDOW.days, "unit": "days"}]}
    ],
}


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """The delays of the exits from "created within 30 days"."""
    with projects.own_project("due", {}) as project_id:
        due = _people(stage, project_id)
        with beside(stage, SCHEDULER):
            segment_id = projects.create(project_id, "newcomers", NEWCOMERS)
            projects.track(project_id, [segment_id])
            _refuse_late(stage, min(due.values()))
            seen = _watch(stage, project_id, len(due))
    delays = sorted((seen[contact_id] - moment).total_seconds() * 1000 for contact_id, moment in due.items())
    note = f"{len(delays):,} exits at {PACE} a second"
    yield alone("delay", "time flip → exit stored, p50", delays[len(delays) // 2], note=note)
    yield alone("delay", "time flip → exit stored, p99", delays[len(delays) * 99 // 100], aim=AIM, note=note)


def _people(stage: Stage, project_id: UUID) -> dict[UUID, datetime]:
    """Contacts made nearly as long ago as the rule allows: when each has to leave."""
    with stage.connect() as connection:
        (now,) = connection.execute("SELECT date_trunc('milliseconds', clock_timestamp())").fetchone() or (
            None,
        )
        assert now is not None
        first = now + AHEAD
        due = {new_id(): first + timedelta(seconds=place / PACE) for place in range(PACE * SECONDS)}
        rows = [(project_id, each, f"{each}@due.example", moment - WINDOW) for each, moment in due.items()]
        connection.cursor().executemany(_INSERT, rows)
    return due


def _refuse_late(stage: Stage, first: datetime) -> None:
    with stage.connect() as connection:
        (is_late,) = connection.execute("SELECT clock_timestamp() >= %s", [first]).fetchone() or (True,)
    if is_late:
        raise click.ClickException(
            "The members were found too late for their first exit: this machine is too busy"
        )


def _watch(stage: Stage, project_id: UUID, number: int) -> dict[UUID, datetime]:
    """When each contact's exit was first seen, by the database's clock."""
    seen: dict[UUID, datetime] = {}
    deadline = time.monotonic() + AHEAD.total_seconds() + SECONDS + PATIENCE
    with stage.connect() as connection:
        connection.autocommit = True
        latest: datetime | None = None
        while len(seen) < number:
            if time.monotonic() > deadline:
                raise click.ClickException(f"{len(seen):,} of {number:,} exits came")
            since = latest - timedelta(seconds=5) if latest else None
            for contact_id, at, now in connection.execute(_EXITS, {"project": project_id, "since": since}):
                seen.setdefault(contact_id, now)
                latest = max(latest, at) if latest else at
            time.sleep(LOOKS)
    return seen


_INSERT = """
    INSERT INTO contacts (project_id, id, email, subscribed, created_at, updated_at)
    VALUES (%s, %s, %s, true, %s, now())
"""
_EXITS = """
    SELECT contact_id, at, clock_timestamp() FROM membership_changes
    WHERE project_id = %(project)s AND NOT is_entry AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
"""
