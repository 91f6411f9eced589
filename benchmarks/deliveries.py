"""From a write to its webhook: `POST /v1/track` at a steady pace, each write an entry or exit, all processes real."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import click

from benchmarks import projects
from benchmarks.measuring import Row, alone
from benchmarks.processes import FACTS, SCHEDULER, WEBHOOKS, beside
from benchmarks.receiver import Receiver, receiving
from benchmarks.stage import Stage
from benchmarks.web import OURS, serving
from plunk.accounts.keys import create_key
from plunk.db.session import transaction
from plunk.webhooks import service as webhooks

AIMS = {"p50": 300.0, "p99": 2_000.0}
PACE = 50
"""Writes a second."""
WARM_UP, WRITES = 5 * PACE, 40 * PACE
PEOPLE, SENDERS = 400, 4
PATIENCE = 30.0
INSIDE = {
    "logic": "AND",
    "groups": [{"filters": [{"field": "data.inside", "operator": "equals", "value": True}]}],
}


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """The delays from sending a request to having its webhook."""
    people = {f"person{number}@pace.example": {"inside": False} for number in range(PEOPLE)}
    with (
        receiving() as receiver,
        projects.own_project("deliveries", people) as project_id,
        serving(stage, OURS) as port,
        beside(stage, FACTS, WEBHOOKS, SCHEDULER),
    ):
        key = _prepare(project_id, receiver)
        sent = _Pace(port, key, list(people)).run()
        _wait_for(receiver, len(sent))
    came = {payload["data"]["contact"]["data"]["turn"]: moment for moment, payload in receiver.received}
    delays = sorted((came[turn] - moment) * 1000 for turn, moment in sent.items() if turn >= WARM_UP)
    note = f"{len(delays):,} writes at {PACE} a second"
    for name, place in {"p50": len(delays) // 2, "p99": len(delays) * 99 // 100}.items():
        yield alone("delay", f"write → webhook received, {name}", delays[place], aim=AIMS[name], note=note)


def _prepare(project_id: UUID, receiver: Receiver) -> str:
    """A tracked segment, somebody to tell of it, and a key."""
    projects.track(project_id, [projects.create(project_id, "inside", INSIDE)])
    with transaction():
        webhooks.create(project_id, url=receiver.url, events=["segment.*"], enabled=True, description=None)
        return create_key(project_id, "secret").key


class _Pace:
    """Sends each write at its moment, whether or not those before it were answered."""

    def __init__(self, port: int, key: str, people: list[str]) -> None:
        self.port, self.key, self.people = port, key, people
        self.sent: dict[int, float] = {}
        self.problems: list[str] = []

    def run(self) -> dict[int, float]:
        """When each turn was due to be sent, by its number. Raises ClickException if one was refused."""
        began = time.monotonic() + 0.5
        threads = [threading.Thread(target=self._send, args=(first, began)) for first in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.problems:
            raise click.ClickException(self.problems[0])
        return self.sent

    def _send(self, first: int, began: float) -> None:
        """Every so many-th turn. A person's turns all fall to one sender, which keeps their order."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        for turn in range(first, WARM_UP + WRITES, SENDERS):
            moment = began + turn / PACE
            time.sleep(max(0.0, moment - time.monotonic()))
            self.sent[turn] = moment
            connection.request("POST", "/v1/track", body=self._body(turn), headers=self._headers())
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                self.problems.append(f"POST /v1/track: {answer.status} {text.decode()}")
                return
        connection.close()

    def _body(self, turn: int) -> str:
        is_inside = turn // len(self.people) % 2 == 0
        data: dict[str, Any] = {"inside": is_inside, "turn": turn}
        return json.dumps({"email": self.people[turn % len(self.people)], "event": "moved", "data": data})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


def _wait_for(receiver: Receiver, number: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(receiver.received) < number:
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"{len(receiver.received):,} of {number:,} webhooks came within {PATIENCE:.0f} s"
            )
        time.sleep(0.05)
