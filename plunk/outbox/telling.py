"""Telling one listener what is due for it: each fact alone, together with the note that it was told."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import psycopg
from pluggy import HookImpl
from psycopg.pq.abc import PGcancel
from sqlalchemy.exc import InterfaceError, OperationalError

from plunk import clock
from plunk.config import settings
from plunk.db.base import db
from plunk.db.pipeline import driver_connection
from plunk.db.session import transaction
from plunk.jobs.forking import Pulse
from plunk.jobs.stopping import is_stopping
from plunk.outbox import leasing
from plunk.outbox.leasing import Leased
from plunk.outbox.time_limit import TimeLimit
from plunk.outbox.wording import HOOKS, Kind
from plunk.plugins import call

log = logging.getLogger(__name__)

LINGER_SECONDS = 0.3
POLL_SECONDS = 0.025
RETRY_SECONDS = 0.5
MOST_CHARACTERS = 1_000

PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600)
)
"""After each attempt that failed; the one after the last is final, if the row is as old as all of them together."""

OUT_OF_REACH = (OperationalError, InterfaceError, psycopg.OperationalError)


class Spent(Exception):
    """A handler was interrupted somewhere in its code: this process is not used any more."""


class _LeaseLost(Exception):
    """Somebody else has the row: we took too long, and nothing of ours may count."""


class Teller:
    """Tells one listener. `hooks` are its implementations; `pulse` shows how long it has been telling one fact."""

    def __init__(self, listener: str, hooks: Mapping[Kind, HookImpl], pulse: Pulse) -> None:
        self._listener = listener
        self._hooks = hooks
        self._pulse = pulse

    def work(self) -> None:
        """Until nothing has been due for a moment, or the worker is to stop. Facts come in bursts."""
        last = time.monotonic()
        while not is_stopping() and time.monotonic() - last < LINGER_SECONDS:
            try:
                is_busy = self.tell_due()
            except Spent:
                return
            except OUT_OF_REACH as problem:
                log.warning(
                    "the database is out of reach, %s hears the rest later: %s", self._listener, problem
                )
                return
            if is_busy:
                last = time.monotonic()
            else:
                time.sleep(POLL_SECONDS)

    def tell_due(self) -> bool:
        """One batch of what is new and one row that was tried before; answers whether there was anything.

        Raises Spent.
        """
        found = False
        for lease in (leasing.lease_fresh, leasing.lease_tried):
            with transaction():
                turn = lease(self._listener)
            self._tell(deque(turn.rows))
            found = found or not turn.is_all
        return found

    def _tell(self, rows: deque[Leased]) -> None:
        """Each contact's rows one after the other, contacts in turn. What there is no time for goes back."""
        until = time.monotonic() + leasing.BATCH_SECONDS
        while rows and time.monotonic() < until and not is_stopping():
            row = rows.popleft()
            following = self._tell_one(row, rest=rows)
            if following:
                rows.append(following)
        _give_back(rows)

    def _tell_one(self, row: Leased, *, rest: Iterable[Leased]) -> Leased | None:
        """The contact's next row, leased, if this one was told."""
        if _is_worn_out(row):
            self._note_failure(row, "the process that told it ended in the middle, again and again", None)
            return None
        limit = TimeLimit(settings().handler_seconds)
        self._pulse.begin()
        try:
            return self._call(row, limit)
        except _LeaseLost:
            log.warning("somebody else tells %s of %s: we took too long", self._listener, row.topic)
            return None
        except BaseException as problem:
            if limit.is_over:
                self._leave(row, rest)
            if not isinstance(problem, Exception):
                raise
            self._note_failure(row, f"{type(problem).__name__}: {problem}", problem)
            return None
        finally:
            self._pulse.rest()
            db.session.remove()

    def _call(self, row: Leased, limit: TimeLimit) -> Leased | None:
        with transaction():
            connection = driver_connection()
            # Now: once interrupted, the connection may be closed before we come to ask it.
            cancel = connection.pgconn.get_cancel()
            is_ours, following = leasing.note_told(row)
            if not is_ours:
                raise _LeaseLost
            try:
                with limit:
                    call(self._hook(row), fact=row.fact())
            finally:
                if limit.is_over:
                    _cut(connection, cancel)
        return following

    def _hook(self, row: Leased) -> HookImpl:
        hook = self._hooks.get(_kind(row))
        if hook is None:
            raise LookupError(f"it implements no {HOOKS[_kind(row)]}")
        return hook

    def _leave(self, row: Leased, rest: Iterable[Leased]) -> None:
        """Notes on a fresh connection that it took too long, and ends this process's work."""
        _abandon_session()
        seconds = settings().handler_seconds
        self._note_failure(row, f"it took longer than {seconds} s (PLUNK_HANDLER_SECONDS)", None)
        _give_back(rest)
        raise Spent

    def _note_failure(self, row: Leased, error: str, problem: Exception | None) -> None:
        pause = pause_after(row)
        _write(lambda: leasing.fail(row, _storable(error), pause=pause))
        log.log(
            logging.WARNING if pause else logging.ERROR,
            "plugin %r failed in %s for %s (fact %s, attempt %d), %s: %s",
            self._listener,
            HOOKS[_kind(row)],
            row.topic,
            row.origin.fact_id,
            row.attempts,
            f"next try in {pause}" if pause else "given up",
            error,
            exc_info=problem if row.attempts == 1 else None,
        )


def pause_after(row: Leased) -> timedelta | None:
    """How long to wait after this attempt failed; None if it was the last.

    The age counts too: attempts that were cut off by dying processes come faster than the pauses.
    """
    if row.attempts <= len(PAUSES):
        return PAUSES[row.attempts - 1]
    is_old = clock.now() - row.created_at > sum(PAUSES, timedelta())
    return None if is_old else PAUSES[-1]


def _is_worn_out(row: Leased) -> bool:
    """Whether the attempt after the last pause is over, and nobody lived to say so."""
    return row.attempts > len(PAUSES) + 1 and pause_after(row) is None


def _give_back(rows: Iterable[Leased]) -> None:
    rows = list(rows)
    if rows:
        _write(lambda: leasing.give_back(rows))


def _write(change: Callable[[], None]) -> None:
    """In a transaction. While the database is out of reach it is tried again, until our leases end by themselves:
    after a restart of the database nothing then waits for the end of a lease."""
    until = time.monotonic() + leasing.lease_seconds()
    while True:
        try:
            with transaction():
                change()
            return
        except OUT_OF_REACH:
            if is_stopping() or time.monotonic() > until:
                raise
        db.session.remove()
        time.sleep(RETRY_SECONDS)


def _kind(row: Leased) -> Kind:
    return "event" if row.kind == "event" else "membership"


def _cut(connection: psycopg.Connection[Any], cancel: PGcancel) -> None:
    """Ends what the server may still be doing for an interrupted handler, so that its locks go. A closed socket it
    would notice at the end of the statement only."""
    try:
        cancel.cancel()
    except psycopg.Error as problem:
        log.warning("a statement of an interrupted handler cannot be cancelled: %s", problem)
    connection.close()


def _abandon_session() -> None:
    """Leaves the current session as it is, kept out of reach of the garbage collector too, for a new one."""
    _ABANDONED.append(db.session())
    db.session.registry.clear()
    db.engine.dispose(close=False)


_ABANDONED: list[object] = []


def _storable(text: str) -> str:
    """Whatever an exception says, as a text that the database takes."""
    text = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return text[:MOST_CHARACTERS]
