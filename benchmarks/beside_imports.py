"""What `POST /v1/track` at a steady pace takes while a worker imports, against the same with nothing beside it."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import click

from benchmarks import projects
from benchmarks.imports import a_file
from benchmarks.measuring import Row
from benchmarks.processes import beside
from benchmarks.stage import Stage
from benchmarks.web import OURS, serving
from plunk.accounts.keys import create_key
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import files, service
from plunk.jobs.models import PENDING

PACE = 100
"""Writes a second."""
SENDERS = 8
IDLE_SECONDS, MOST_SECONDS = 20.0, 120.0
BULK = ("worker", "--lane", "bulk")
AIM = 2.0


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """The time within which 95 of 100 are answered."""
    people = {f"person{number}@pace.example": {"n": number} for number in range(1_000)}
    rows = min(stage.contacts, 500_000)
    with (
        projects.own_project("beside", people) as project_id,
        serving(stage, OURS) as port,
        beside(stage, BULK),
    ):
        with transaction():
            key = create_key(project_id, "secret").key
        _paced(port, key, until=_after(5.0))
        idle = _paced(port, key, until=_after(IDLE_SECONDS))
        job_id = _begin(project_id, rows)
        at_work = _paced(port, key, until=lambda: _is_over(project_id, job_id))
        with transaction():
            job = service.get(project_id, job_id)
            done = sum(job.progress.get(name, 0) for name in service.COUNTS)
    note = f"{len(at_work):,} writes at {PACE} a second, {done:,} rows imported meanwhile"
    floor, ours = _p95(idle), _p95(at_work)
    yield Row("imports", "p95 of /v1/track beside an import", "ms", floor, ours, ours / floor, AIM, note=note)


def _begin(project_id: UUID, rows: int) -> UUID:
    with files.Text(io.BytesIO(a_file(rows, "a"))) as text, transaction():
        stored = files.store(project_id, text, name="beside.csv")
        return service.start(project_id, stored, service.Options())


def _is_over(project_id: UUID, job_id: UUID) -> bool:
    with transaction():
        is_over = service.get(project_id, job_id).state not in PENDING
    db.session.expunge_all()
    return is_over


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def _paced(port: int, key: str, *, until: Callable[[], bool]) -> list[float]:
    """What each write took from the moment it was due, in milliseconds."""
    stop, began = threading.Event(), time.monotonic() + 0.2
    taken: list[float] = []
    problems: list[str] = []

    def send(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        turn = first
        while not stop.is_set():
            moment = began + turn / PACE
            time.sleep(max(0.0, moment - time.monotonic()))
            body = {"email": f"person{turn % 1_000}@pace.example", "event": "moved", "data": {"n": turn}}
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            connection.request("POST", "/v1/track", body=json.dumps(body), headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                problems.append(f"POST /v1/track: {answer.status}")
                return
            taken.append((time.monotonic() - moment) * 1000)
            turn += SENDERS
        connection.close()

    threads = [threading.Thread(target=send, args=(first,)) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + MOST_SECONDS
    while not until() and not problems and time.monotonic() < deadline:
        time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    if problems:
        raise click.ClickException(problems[0])
    return taken


def _p95(taken: list[float]) -> float:
    return sorted(taken)[len(taken) * 95 // 100]
