"""Waits until nothing moves any more, and looks at what is left in the database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg

from benchmarks.chaos.audit import Seen
from benchmarks.chaos.changes import Acknowledged
from benchmarks.chaos.house import House
from benchmarks.chaos.person import Person
from plunk.app import close, create_app
from tests.embedded.programs import eventually
from tests.segments.traces import faults

QUIET_WITHIN = 600.0
TRUE_WITHIN = 10.0
UP_AGAIN_WITHIN = 60.0
SOME = 5

_BUSY = """
    SELECT
        (SELECT count(*) FROM outbox WHERE state = 'pending') AS facts,
        (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending') AS deliveries,
        (SELECT count(*) FROM jobs WHERE state IN ('queued', 'active')) AS jobs,
        (SELECT count(*) FROM segments WHERE status <> 'ready') AS segments,
        (SELECT count(*) FROM membership_timers WHERE due_at <= now() + %s) AS timers
"""


def wait_until_quiet(house: House, *, ahead: timedelta = timedelta(0)) -> tuple[float, list[str]]:
    """Seconds it took, and what still waits. Nothing is due by time alone `ahead` of now either."""
    began = time.monotonic()
    while time.monotonic() - began < QUIET_WITHIN:
        try:
            with house.connect() as connection:
                waiting = connection.execute(_BUSY, (ahead,)).fetchone()
        except psycopg.OperationalError:
            waiting = None
        if waiting == (0, 0, 0, 0, 0):
            return time.monotonic() - began, []
        time.sleep(0.2)
    return QUIET_WITHIN, [
        f"not quiet after {QUIET_WITHIN:.0f} s: facts, deliveries, jobs, segments, timers {waiting}"
    ]


@contextmanager
def time_standing_still(house: House) -> Iterator[None]:
    """The scheduler sleeps: nobody comes or goes by time alone while we look."""
    eventually(lambda: bool(house.family().named("scheduler")), within=UP_AGAIN_WITHIN)
    schedulers = house.family().named("scheduler")
    for pid in schedulers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in schedulers:
            os.kill(pid, signal.SIGCONT)


def wrong_members(house: House) -> list[str]:
    """What a fresh look at every rule finds wrong. For a moment somebody's time may just have come: then once more."""
    app = create_app(house.settings)
    with house.connect() as connection:
        projects = [row[0] for row in connection.execute("SELECT id FROM projects")]
    deadline = time.monotonic() + TRUE_WITHIN
    try:
        while True:
            with app.app_context():
                found = [fault for project_id in projects for fault in faults(project_id)]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.5)
    finally:
        close(app)


def differences(house: House, people: Mapping[str, Person], names: Mapping[str, str]) -> list[str]:
    """Where the tables at the end are not what was seen to be written."""
    with house.connect() as connection:
        rows = connection.execute("SELECT contact_id::text, segment_id::text FROM memberships").fetchall()
        (histories,) = connection.execute(_LOST_HISTORY).fetchone() or (0,)
    members = {(contact_id, names[segment_id]) for contact_id, segment_id in rows}
    wanted = {(contact_id, name) for contact_id, person in people.items() for name in person.member}
    found = []
    if members != wanted:
        found.append(f"members at the end: too many {members - wanted}, missing {wanted - members}")
    if histories:
        found.append(f"{histories} entries or exits are not in the history any more")
    return found


_LOST_HISTORY = """
    SELECT count(*) FROM chaos.seen AS s
    LEFT JOIN membership_changes AS m
        ON m.contact_id = s.contact_id AND m.sequence = (s.content ->> 'sequence')::bigint
    WHERE s.what = 'told' AND m.contact_id IS NULL
"""


def lost_or_doubled(done: Acknowledged, rows: list[Seen]) -> list[str]:
    """Changes whose answer came back are there; events with an Idempotency-Key are there once."""
    written = {row.content["data"].get("mark") for row in rows if row.what in ("made", "changed")}
    tracked: dict[str, int] = {}
    for row in rows:
        if row.what == "event" and (op := _mark(row.content["data"])):
            tracked[op] = tracked.get(op, 0) + 1
    doubled = {op for op, number in tracked.items() if number > 1 and "/" not in op}
    found: dict[str, set[Any]] = {
        "acknowledged writes are lost": done.writes - written,
        "acknowledged events are lost": (done.tracks | done.batched) - tracked.keys(),
        "events with an Idempotency-Key happened twice": doubled,
    }
    return [f"{len(marks)} {what}: {sorted(marks)[:SOME]}" for what, marks in found.items() if marks]


def _mark(data: Mapping[str, Any]) -> str | None:
    op = data.get("op")
    return op if isinstance(op, str) else None
