"""What workers of the lane `webhooks` run: sends what is due until there is nothing more."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from uuid import UUID

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from plunk.config import settings
from plunk.db.session import transaction
from plunk.jobs.queue import WEBHOOKS, wake
from plunk.jobs.stopping import is_stopping
from plunk.outbound.client import TIMEOUT, client
from plunk.webhooks.leasing import Leased, lease
from plunk.webhooks.recording import Done, disable, note
from plunk.webhooks.sending import Letter, Outcome, letter_for, post

log = logging.getLogger(__name__)

RUN = "plunk.webhooks.sender.run"
IN_FLIGHT = 64
BRISK_SECONDS = 1.0
MOST_IN_FLIGHT = 512
"""What is in flight for longer than `BRISK_SECONDS` no longer counts against `IN_FLIGHT`, so that slow receivers leave
room for the others, up to this in all."""

FAILING_IN_FLIGHT = 32
"""So many may be to endpoints that failed last, however long they take."""

LINGER_SECONDS = 0.3
"""It waits so long for more before it ends: a fork for each delivery would cost more than the delivery."""

PAUSE_SECONDS = 0.025
LONG_PAUSE_SECONDS = 0.1
"""Between two looks at the database: so long when only answers that keep us waiting are left."""

GATHER_SECONDS = 0.003
RUN_SECONDS = 300.0
"""After this long a run comes to its end, and another one takes over."""

HOLD_SECONDS = 0.5
OUTAGE_PAUSE_SECONDS = 0.5


def run() -> None:
    """Sends what is due. Any number of these may run at once."""
    threads = ThreadPoolExecutor(MOST_IN_FLIGHT, thread_name_prefix="webhook")
    try:
        Sender(threads).run()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


class Sender:
    """One run. Threads only post; whatever touches the database happens in the thread that calls `run`."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._client = client()
        self._lease_seconds = settings().webhook_lease_seconds
        self._timeout = min(TIMEOUT, self._lease_seconds / 2)
        self._in_flight: dict[UUID, Leased] = {}
        self._sent_at: dict[UUID, float] = {}
        self._answers: SimpleQueue[Done] = SimpleQueue()
        self._unnoted: list[Done] = []
        self._began = self._leased = self._worked = self._reached = time.monotonic()

    def run(self) -> None:
        """Returns when nothing is in flight and nothing was due for a while, when it ran for long, or when the worker
        is to stop."""
        self._send(self._turn())
        while not self._is_over():
            self._collect()
            self._send(self._turn())
        if self._late() > 0:
            wake(WEBHOOKS)

    def _collect(self) -> None:
        """Takes what came back, all of it, waiting a moment for the first and a shorter one for its neighbours: a turn
        costs the database the same for one as for many."""
        try:
            is_busy = time.monotonic() - self._leased < 1.0
            self._take(self._answers.get(timeout=PAUSE_SECONDS if is_busy else LONG_PAUSE_SECONDS))
            time.sleep(GATHER_SECONDS)
            while True:
                self._take(self._answers.get_nowait())
        except Empty:
            return

    def _take(self, done: Done) -> None:
        self._in_flight.pop(done[0].id, None)
        self._sent_at.pop(done[0].id, None)
        self._unnoted.append(done)

    def _turn(self) -> list[Leased]:
        """Notes what came back and leases what is due. While the database is out of reach what came back is kept, as
        long as the leases on it last."""
        try:
            leased = self._note_and_lease()
        except (SQLAlchemyError, psycopg.Error) as problem:
            if time.monotonic() - self._reached > self._lease_seconds:
                raise
            log.warning("the database refused a turn of the webhooks' sender: %s", problem)
            time.sleep(OUTAGE_PAUSE_SECONDS)
            return []
        self._reached = time.monotonic()
        return leased

    def _note_and_lease(self) -> list[Leased]:
        with transaction():
            hopeless = note(self._unnoted) if self._unnoted else {}
            leased = [] if hopeless else self._lease()
        self._unnoted.clear()
        if hopeless:
            with transaction():
                disable(hopeless)
        return leased

    def _lease(self) -> list[Leased]:
        room, room_for_failing = self._room()
        if not room:
            return []
        return lease(room=room, room_for_failing=room_for_failing, seconds=self._lease_seconds)

    def _room(self) -> tuple[int, int]:
        """For how many deliveries there is room, and for how many of them to endpoints that failed last.

        A run that comes to its end takes no more for those, waits until none of them is in flight, and then takes
        nothing at all: for half a second at a time, so that one that hangs holds nobody up.
        """
        if is_stopping():
            return 0, 0
        failing = sum(leased.is_failing for leased in self._in_flight.values())
        since = time.monotonic() - BRISK_SECONDS
        brisk = sum(sent_at > since for sent_at in self._sent_at.values())
        room = max(min(IN_FLIGHT - brisk, MOST_IN_FLIGHT - len(self._in_flight)), 0)
        late = self._late()
        if late <= 0:
            return room, max(FAILING_IN_FLIGHT - failing, 0)
        is_holding = not failing and int(late / HOLD_SECONDS) % 2 == 0
        return (0 if is_holding else room), 0

    def _late(self) -> float:
        """Seconds since this run should come to its end; negative before."""
        return time.monotonic() - self._began - RUN_SECONDS

    def _send(self, leased: Sequence[Leased]) -> None:
        if leased:
            self._leased = time.monotonic()
        for each in leased:
            self._in_flight[each.id] = each
            self._sent_at[each.id] = time.monotonic()
            letter = letter_for(each)
            if isinstance(letter, Outcome):
                self._answers.put((each, letter))
            else:
                self._threads.submit(self._post, each, letter)
        if self._in_flight:
            self._worked = time.monotonic()

    def _post(self, leased: Leased, letter: Letter) -> None:
        self._answers.put((leased, post(self._client, letter, timeout=self._timeout)))

    def _is_over(self) -> bool:
        if self._in_flight or self._unnoted:
            return False
        return is_stopping() or self._late() > 0 or time.monotonic() - self._worked > LINGER_SECONDS
