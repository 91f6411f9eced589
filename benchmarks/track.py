"""`POST /v1/track` through gunicorn, against bare Flask and one INSERT behind the same gunicorn."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any
from uuid import UUID

import click

from benchmarks import projects
from benchmarks.measuring import FEWEST, RATE, Row
from benchmarks.stage import Stage
from benchmarks.tracked_rules import Condition, concerned
from benchmarks.web import FLOOR, OURS, serving
from plunk.accounts.keys import create_key, revoke_key
from plunk.db.base import new_id
from plunk.db.session import transaction

AIM, AIM_WITH_RULES = 0.60, 0.35
RULES = 20
CONNECTIONS = 16
REQUESTS, WARM_UP = 4_000, 800
NEW, WITH_DATA = 0.10, 0.40
"""Shares of requests about somebody new, and about somebody known whose data changes; the others bring an event."""
EVENTS = ("login", "page_view", "purchase", "search")


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """Requests a second without tracked rules, and with some that each request concerns."""
    with transaction():
        key = create_key(stage.other_id, "public", name="benchmarks")
    bodies = Bodies(_known_addresses(stage))
    try:
        with _floor_table(stage), serving(stage, OURS) as ours, serving(stage, FLOOR) as floor:
            yield _measured("POST /v1/track", ours, floor, key.key, bodies, aim=AIM)
            projects.track(stage.other_id, _concerned(stage))
            name = f"POST /v1/track, {RULES} concerned rules"
            yield _measured(name, ours, floor, key.key, bodies, aim=AIM_WITH_RULES)
    finally:
        projects.forget_segments(stage.other_id)
        with transaction():
            revoke_key(key.id)


def _measured(name: str, ours: int, floor: int, key: str, bodies: Bodies, *, aim: float) -> Row:
    """One row: requests a second, the two taking turns."""
    for port in (ours, floor):
        _load(port, key, bodies.make(WARM_UP))
    runs: dict[int, list[dict[str, Any]]] = {ours: [], floor: []}
    for _ in range(FEWEST):
        for port, done in runs.items():
            done.append(_load(port, key, bodies.make(REQUESTS)))
    rates = {port: median(map(_rate, done)) for port, done in runs.items()}
    # Of each pair of rounds, so that what else the machine does falls on both.
    ratio = median(_rate(one) / _rate(other) for one, other in zip(runs[ours], runs[floor], strict=True))
    cost = max(run["cpuSeconds"] / run["seconds"] for done in runs.values() for run in done)
    p50, p99 = (median(run[which] for run in runs[ours]) for which in ("p50", "p99"))
    note = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; generator {cost:.0%} of a core"
    return Row("track", name, RATE, floor=rates[floor], ours=rates[ours], ratio=ratio, aim=aim, note=note)


def _concerned(stage: Stage) -> list[UUID]:
    """Rules of all kinds, for people who also were active in some way. No request leaves one of them out: each brings
    one of the four events, or the score of a new contact. Who is new may come into some."""
    ways = [{"filters": [{"field": "data.score", "operator": "greaterThan", "value": 10**9}]}]
    for event in EVENTS:
        often = {"field": f"event.{event}", "operator": "triggeredCount", "value": 1_000}
        ways.append({"filters": [often]})
    active = {"filters": [], "conditions": {"logic": "OR", "groups": ways}}

    def create(name: str, condition: Condition) -> UUID:
        return projects.create(stage.other_id, name, {**condition, "groups": [*condition["groups"], active]})

    return concerned(RULES, stage.seeded_at.date(), flips=False, create=create)


def _rate(run: dict[str, Any]) -> float:
    return float(run["requests"] / run["seconds"])


class Bodies:
    """What is tracked: always the same mix, new people under names that no run has used."""

    def __init__(self, known: list[str]) -> None:
        self.known, self.random, self.run = known, random.Random(1), new_id().hex

    def make(self, number: int) -> list[str]:
        return [json.dumps(self._one()) for _ in range(number)]

    def _one(self) -> dict[str, Any]:
        chance = self.random.random()
        event = self.random.choice(EVENTS)
        score = {"score": self.random.randrange(10**9)}
        if chance < NEW:
            email = f"new{self.random.randrange(10**12)}@{self.run[:12]}.example"
            return {"email": email, "event": event, "data": {"plan": "free", **score}}
        body = {"email": self.random.choice(self.known), "event": event}
        return {**body, "data": score} if chance < NEW + WITH_DATA else body


def _load(port: int, key: str, bodies: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", str(port), str(CONNECTIONS), "/v1/track", key],
        input="\n".join(bodies),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        raise click.ClickException(f"The load generator failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    if found["statuses"] != {"200": len(bodies)}:
        raise click.ClickException(f"Not all were answered with 200: {found['statuses']}")
    return found


def _known_addresses(stage: Stage) -> list[str]:
    with stage.connect() as connection:
        statement = "SELECT email FROM contacts WHERE project_id = %s ORDER BY email LIMIT 100000"
        return [email for (email,) in connection.execute(statement, [stage.other_id])]


class _floor_table:
    """The table of the floor: the columns of events, a primary key, no other index."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def __enter__(self) -> None:
        self._run("DROP TABLE IF EXISTS benchmark_events")
        self._run(
            "CREATE TABLE benchmark_events (project_id uuid, id uuid, contact_id uuid NOT NULL, name text NOT NULL,"
            " data jsonb NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (project_id, id))"
        )

    def __exit__(self, *problem: object) -> None:
        self._run("DROP TABLE IF EXISTS benchmark_events")

    def _run(self, statement: str) -> None:
        with self.stage.connect() as connection:
            connection.execute(statement)
