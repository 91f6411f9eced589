"""Connections, transactions, and what waits for the commit."""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from flask import Flask, Response
from sqlalchemy import CursorResult, Executable, event, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError

from plunk.config import Settings
from plunk.db import notes
from plunk.db.base import db, from_json, to_json
from plunk.db.pipeline import driver_connection

log = logging.getLogger(__name__)
_AFTER_COMMIT = "plunk.db.session"
_RETURNED_AT = "plunk.returned_at"
TRUSTED_SECONDS = 0.5


def init_app(app: Flask, settings: Settings, *, statement_timeout_ms: int) -> None:
    """Binds the app to its database; no connection is made yet."""
    app.config["SQLALCHEMY_DATABASE_URI"] = driver_url(settings.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_size,
        "pool_timeout": 5,
        "pool_recycle": 1800,
        "json_serializer": to_json,
        "json_deserializer": from_json,
        "connect_args": {
            "connect_timeout": 5,
            # Rules are planned for the values at hand: a prepared statement ends up with a general plan, which
            # guesses badly for JSON. What is fixed is prepared on purpose (plunk.db.pipeline); None would forbid that.
            "prepare_threshold": 2**31,
            "application_name": "plunk",
            "options": session_options(statement_timeout_ms),
        },
    }
    db.init_app(app)
    app.after_request(_end_session)
    with app.app_context():
        event.listen(db.engine, "checkout", _refuse_dead_connection)
        event.listen(db.engine, "checkin", _note_return)


def driver_url(url: str) -> str:
    """The URL with the driver named: operators write `postgresql://…` or `postgres://…`."""
    scheme, separator, rest = url.partition("://")
    return "postgresql+psycopg://" + rest if separator and scheme in ("postgresql", "postgres") else url


def session_options(statement_timeout_ms: int) -> str:
    """What every session is set to: bounded waits, UTC, no JIT and no parallel workers, which cost more than they
    bring to statements of milliseconds; look-ups priced as on solid-state disks."""
    values = {
        "statement_timeout": statement_timeout_ms,
        "lock_timeout": 3000,
        "idle_in_transaction_session_timeout": 30000,
        "timezone": "UTC",
        "jit": "off",
        "max_parallel_workers_per_gather": 0,
        "random_page_cost": 1.1,
    }
    return " ".join(f"-c {name}={value}" for name, value in values.items())


def _end_session(response: Response) -> Response:
    """Before the answer leaves, and not after it: a database that dies at this moment must not replace the answer by
    the web server's own page."""
    if not response.is_streamed:
        try:
            db.session.remove()
        except (SQLAlchemyError, psycopg.Error) as problem:
            log.warning("the database went away at the end of a request: %s", problem)
            db.session.registry.clear()
    return response


@contextmanager
def transaction() -> Iterator[None]:
    """Commits at the end, rolls back on any exception. Stands at the edges only: routes, jobs, commands."""
    try:
        yield
        _refuse_aborted()
        db.session.commit()
    except BaseException:
        notes.forget()
        db.session.rollback()
        raise
    actions = notes.notes().get(_AFTER_COMMIT, ())
    notes.forget()
    for action in actions:
        action()


def _refuse_aborted() -> None:
    """Somebody swallowed an error of the database: its COMMIT would then be a silent ROLLBACK."""
    db.session.flush()
    if not db.session().in_transaction():
        return
    if driver_connection().info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
        raise TransactionAborted


class TransactionAborted(RuntimeError):
    """An error of the database was caught and not passed on, by a plugin most likely; nothing was committed."""

    def __init__(self) -> None:
        super().__init__(
            "A database error was caught inside a transaction, which cannot be committed any more. "
            "Plugins: let it pass, or work in db.session.begin_nested()."
        )


def rows_changed(statement: Executable) -> int:
    """Runs an UPDATE or DELETE and answers how many rows it hit."""
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(cast("CursorResult[Any]", result).rowcount)


def allow_parallel_workers() -> None:
    """For background counts: two more processes of the database, for the rest of the transaction."""
    db.session.execute(text("SET LOCAL max_parallel_workers_per_gather = 2"))


def after_commit(action: Callable[[], object]) -> None:
    """Runs `action` once the current transaction is committed; forgotten when it is rolled back.

    The process may die in between: what must not be lost belongs into a row.
    """
    notes.notes().setdefault(_AFTER_COMMIT, []).append(action)


def _refuse_dead_connection(connection: Any, record: Any, proxy: Any) -> None:
    """An idle connection has nothing to say: if its socket is readable, the server said goodbye.

    A look at the socket costs microseconds, a `SELECT 1` a round trip. Not even that is spent on a connection in
    constant use: the look gives up Python's lock, and under load getting that back takes longer than the look.
    """
    if time.monotonic() - record.info.get(_RETURNED_AT, 0.0) < TRUSTED_SECONDS:
        return
    if connection.closed:
        raise DisconnectionError("connection is closed")
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the server closed this connection")


def _note_return(connection: Any, record: Any) -> None:
    record.info[_RETURNED_AT] = time.monotonic()
