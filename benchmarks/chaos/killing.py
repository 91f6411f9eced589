"""Processes are killed at random moments, sessions of the database ended, the queue emptied."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from benchmarks.chaos.house import Family, House

Pick = Callable[[Family], list[int]]

PROCESSES: Mapping[str, Pick] = {
    "web worker": lambda family: family.below(family.named("gunicorn")),
    "web master": lambda family: family.named("gunicorn"),
    "facts worker": lambda family: family.named("--lane facts"),
    "facts work-horse": lambda family: family.below(family.named("--lane facts")),
    "webhooks worker": lambda family: family.named("--lane webhooks"),
    "webhooks work-horse": lambda family: family.below(family.named("--lane webhooks")),
    "bulk worker": lambda family: family.named("--lane bulk"),
    "scheduler": lambda family: family.named("scheduler"),
}
SERVERS: Mapping[str, Pick] = {
    "PostgreSQL": lambda family: family.named("bin/postgres"),
    "Valkey": lambda family: family.named("valkey-server"),
}
SESSION, QUEUE = "database session", "FLUSHALL"

_END_A_SESSION = """
    SELECT count(pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity WHERE application_name = 'plunk' ORDER BY random() LIMIT 1
    ) AS one
"""


class Killer:
    """`kills` counts what was really hit: of those that work only now and then there may be none."""

    def __init__(self, house: House, dice: random.Random) -> None:
        self._house = house
        self._dice = dice
        self.kills: Counter[str] = Counter()

    def plan(self, flips: int, times: int, *, with_servers: bool) -> list[tuple[int, str]]:
        """After how many flips what is hit, in order; the queue is emptied in the middle."""
        kinds = [*PROCESSES, SESSION, *(SERVERS if with_servers else ())]
        moments = [(self._dice.randrange(flips), kind) for kind in kinds for _ in range(times)]
        return sorted([*moments, (flips // 2, QUEUE)])

    def hit(self, kind: str) -> None:
        """One of that kind, if there is one."""
        if kind == QUEUE:
            self.kills[kind] += self._flush()
        elif kind == SESSION:
            self.kills[kind] += self._end_a_session()
        else:
            self.kills[kind] += self._kill({**PROCESSES, **SERVERS}[kind](self._house.family()))

    def _end_a_session(self) -> int:
        try:
            with self._house.connect() as connection:
                row = connection.execute(_END_A_SESSION).fetchone()
        except psycopg.OperationalError:  # the server itself was killed just now
            return 0
        return int(row[0]) if row else 0

    def _kill(self, pids: list[int]) -> bool:
        if not pids:
            return False
        with suppress(ProcessLookupError):
            os.kill(self._dice.choice(pids), signal.SIGKILL)
            return True
        return False

    def _flush(self) -> bool:
        try:
            with Redis.from_url(self._house.settings.redis_url) as queue:
                queue.flushall()
        except RedisError:
            return False
        return True
