"""Importing a file of ten columns, against COPY and one merge statement into a table with the same indexes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any, Literal
from uuid import UUID

import psycopg

from benchmarks import projects, resident
from benchmarks.measuring import Row
from benchmarks.stage import Stage
from plunk import memory
from plunk.accounts.service import create_project
from plunk.app import create_app
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import files, service
from plunk.jobs import running

GROUP = "imports"
AIM, AIM_WITH_RULES = 2.0, 4.0
"""Half and a quarter of the floor's rows a second."""

MOST_MIB = 200
PLANS = ("free", "starter", "pro", "enterprise")
Kind = Literal["new", "unchanged", "changed"]


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """Into an empty project, then the same file again, then one in which each row differs; without tracked rules and
    with five that read what the file changes."""
    rows, turns = stage.contacts, 1 if stage.contacts >= 1_000_000 else 3
    found: dict[tuple[Kind, int], list[tuple[float, resident.Taken]]] = {}
    for _ in range(turns):
        for rules in (0, 5):
            with _floor(stage) as by_hand, _project(rules) as project_id:
                for kind in ("new", "unchanged", "changed"):
                    content = a_file(rows, "a" if kind != "changed" else "b")
                    pair = by_hand(content), _import(stage, project_id, content)
                    found.setdefault((kind, rules), []).append(pair)
    for (kind, rules), pairs in found.items():
        floor, ours = median(pair[0] for pair in pairs), median(pair[1].seconds for pair in pairs)
        yield Row(
            GROUP,
            f"{rows:,} rows, all {kind}, {rules} tracked rules",
            "s",
            floor=floor,
            ours=ours,
            ratio=ours / floor,
            aim=AIM_WITH_RULES if rules else AIM,
            note=f"{rows / floor:,.0f} rows/s by hand, {rows / ours:,.0f} ours",
        )
    most = max(pair[1].highest for pairs in found.values() for pair in pairs)
    yield Row(GROUP, "most memory of a worker", "MiB", None, most, None, MOST_MIB, judged_by="ours")


def a_file(rows: int, variant: str) -> bytes:
    """A CSV file of ten columns; the variants differ in each row."""
    buffer = io.StringIO()
    buffer.write("email,firstName,plan,mrr,active,signupDate,trialEndsAt,country,company,zip\n")
    for n in range(rows):
        plan = PLANS[n * (1 if variant == "a" else 3) % 4]
        buffer.write(
            f"person{n}@mail{n % 97}.example.com,Łukasz {n % 1000},{plan},{n % 500}.5,"
            f"{'true' if n % 3 else 'false'},2025-0{n % 9 + 1}-1{n % 10},2026-0{n % 9 + 1}-01T12:00:00Z,"
            f"{('DE', 'US', 'BR', 'FR')[n % 4]},Company {n % 5000} {variant},{n % 100_000:05}\n"
        )
    return buffer.getvalue().encode()


@contextmanager
def _project(rules: int) -> Iterator[UUID]:
    with projects.own_project("Imports", {}) as project_id:
        ids = [
            projects.create(project_id, f"Rule {n}", {"logic": "AND", "groups": [{"filters": each}]})
            for n, each in enumerate(_RULES[:rules])
        ]
        projects.track(project_id, ids)
        yield project_id


# As lists have them: each finds its share of the file's people, from one in a hundred to half of them. Nine in ten
# rows cause an entry when all are new.
_RULES: list[list[dict[str, Any]]] = [
    [
        {"field": "data.plan", "operator": "equals", "value": "pro"},
        {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"},
    ],
    [{"field": "data.mrr", "operator": "greaterThan", "value": 450}],
    [{"field": "data.country", "operator": "in", "value": ["DE", "FR"]}],
    [{"field": "data.trialEndsAt", "operator": "within", "value": 30, "unit": "days"}],
    [{"field": "data.company", "operator": "endsWith", "value": "77 b"}],
]


def _import(stage: Stage, project_id: UUID, content: bytes) -> resident.Taken:
    """By a process of its own, as a worker has it."""
    with files.Text(io.BytesIO(content)) as text, transaction():
        stored = files.store(project_id, text, name="benchmark.csv")
        job_id = service.start(project_id, stored, service.Options())
    db.session.remove()
    taken = resident.taken(_importing, stage.settings, project_id, job_id)
    with transaction():
        job = service.get(project_id, job_id)
        assert job.state == "completed", (job.state, job.failed_reason)
    return taken


def _importing(settings: Settings, project_id: UUID, job_id: UUID) -> Callable[[], None]:
    create_app(settings).app_context().push()
    memory.settle()
    return partial(running.run, str(project_id), str(job_id))


@contextmanager
def _floor(stage: Stage) -> Iterator[Callable[[bytes], float]]:
    """The file, as it is, by COPY into a temporary table and one merge: seconds."""
    with transaction():
        project_id = create_project("Imports by hand").id
    with stage.connect() as connection:

        def by_hand(content: bytes) -> float:
            began = time.perf_counter()
            _merge(connection, project_id, content)
            return time.perf_counter() - began

        yield by_hand
    projects._remove(project_id)


def _merge(connection: psycopg.Connection[Any], project_id: UUID, content: bytes) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_TABLE)
        with cursor.copy("COPY incoming FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(content)
        cursor.execute(_MERGE, {"project": project_id})


_TABLE = """
    CREATE TEMPORARY TABLE incoming (
        email text, "firstName" text, plan text, mrr float8, active bool, "signupDate" text, "trialEndsAt" text,
        country text, company text, zip text
    ) ON COMMIT DROP
"""
_MERGE = """
    INSERT INTO contacts AS c (project_id, id, email, subscribed, data, created_at, updated_at)
    SELECT %(project)s, gen_random_uuid(), email, true, to_jsonb(i) - 'email', now(), now() FROM incoming AS i
    ON CONFLICT (project_id, email) DO UPDATE SET data = c.data || excluded.data, updated_at = now()
    WHERE c.data IS DISTINCT FROM c.data || excluded.data
"""
