"""The load: clients that change things, and in between the kills."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.chaos.changes import Changes
from benchmarks.chaos.killing import Killer


@dataclass(frozen=True)
class Plan:
    """How much of everything. `kills` is for each kind of process; `seconds` the least that the load takes. `rests`:
    wait at the end until time alone changes nothing any more."""

    flips: int
    threads: int
    people: int
    seed: int
    seconds: float
    kills: int
    with_servers: bool
    rests: bool


class Load:
    """`plan.threads` clients, each made by `client` from its dice."""

    def __init__(self, plan: Plan, client: Callable[[random.Random], Changes]) -> None:
        self._plan = plan
        self._client = client
        self._marks = itertools.count(1)
        self._begun = 0
        self._began = time.monotonic()
        self.faults: list[str] = []

    def run(self, killer: Killer) -> float:
        """Seconds it took."""
        self._began = time.monotonic()
        threads = [
            threading.Thread(target=self._work, args=(number,), daemon=True)
            for number in range(self._plan.threads)
        ]
        for thread in threads:
            thread.start()
        moments = killer.plan(self._plan.flips, self._plan.kills, with_servers=self._plan.with_servers)
        while any(thread.is_alive() for thread in threads):
            while moments and moments[0][0] <= self._begun:
                killer.hit(moments.pop(0)[1])
            time.sleep(0.005)
        return time.monotonic() - self._began

    def _work(self, number: int) -> None:
        changes = self._client(random.Random(f"{self._plan.seed} {number}"))
        while (mark := next(self._marks)) <= self._plan.flips:
            self._begun = mark
            due = self._began + self._plan.seconds * mark / self._plan.flips
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                changes.one(mark)
            except Exception as problem:  # A fault of this script must not look like a run without faults.
                self.faults.append(f"change {mark} broke off: {type(problem).__name__}: {problem}")
