"""What a wake-up of the lane `facts` runs: a copy of the process for each listener that has something to hear.

Listeners run side by side, and only a process can be stopped when its time is over: one that hangs until its limit,
each time, then delays nobody but itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask, current_app
from pluggy import HookImpl

from plunk.config import settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.forking import Copy, Pulse
from plunk.jobs.stopping import is_stopping
from plunk.outbox import leasing
from plunk.outbox.interest import listeners
from plunk.outbox.leasing import SLACK_SECONDS
from plunk.outbox.telling import OUT_OF_REACH, Teller
from plunk.outbox.wording import Kind

log = logging.getLogger(__name__)

RUN = "plunk.outbox.relay.run"
POLL_SECONDS = 0.03
LONGEST_RUN_SECONDS = 3_000.0
"""Less than the queue allows a job. The next wake-up waits already."""

REST_SECONDS = 1.0
"""Pause for a listener whose process ended badly."""


def run() -> None:
    """Has everything told that is due, and ends when nothing is. Any number of these may run at once."""
    relay = _Relay(listeners(_app()))
    try:
        relay.run()
    except OUT_OF_REACH as problem:
        log.warning("the database is out of reach, facts wait: %s", problem)
    finally:
        relay.wait()


def is_due() -> bool:
    """Whether a listener of this app has something to hear. Rows of others wait for a worker that knows them."""
    return bool(leasing.due(listeners(_app())))


@dataclass
class _Relay:
    hooks: Mapping[str, Mapping[Kind, HookImpl]]
    at_work: dict[str, tuple[Copy, Pulse]] = field(default_factory=dict)
    resting: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        until = time.monotonic() + LONGEST_RUN_SECONDS
        while not is_stopping() and time.monotonic() < until:
            self._collect()
            waiting = self._begin_due()
            if not self.at_work and not waiting:
                return
            time.sleep(POLL_SECONDS)

    def wait(self) -> None:
        """Until all copies have ended; each has the time that its handler may take."""
        while self.at_work:
            self._collect()
            time.sleep(POLL_SECONDS)

    def _begin_due(self) -> list[str]:
        """Begins with those who have something to hear; answers who has, but must rest."""
        idle = [listener for listener in self.hooks if listener not in self.at_work]
        with transaction():
            due = leasing.due(idle) if idle else []
        db.session.remove()
        resting = [each for each in due if self.resting.get(each, 0.0) > time.monotonic()]
        for listener in due:
            if listener not in resting:
                self._begin(listener)
        return resting

    def _begin(self, listener: str) -> None:
        pulse = Pulse()
        teller = Teller(listener, self.hooks[listener], pulse)
        self.at_work[listener] = (Copy(teller.work), pulse)

    def _collect(self) -> None:
        """Notes which copies have ended. One that does not even hear its alarm is killed; its lease runs out."""
        for listener, (copy, pulse) in list(self.at_work.items()):
            ending = copy.ending()
            if ending is None:
                if pulse.busy_for() > settings().handler_seconds + SLACK_SECONDS / 2:
                    copy.kill()
                continue
            del self.at_work[listener]
            if ending:
                log.error("the process that told plugin %r %s; what it had is told again", listener, ending)
                self.resting[listener] = time.monotonic() + REST_SECONDS


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
