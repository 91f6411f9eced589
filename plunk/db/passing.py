"""Errors of the database that pass: what it calls them, and running again what they hit."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
import sqlalchemy.exc
from sqlalchemy.exc import SQLAlchemyError

from plunk.errors import LookAgain

_VICTIM = ("40P01", "40001", "55P03")
Result = TypeVar("Result")


def sqlstate(problem: Exception) -> str:
    """What the database calls an error, whether it comes from the driver or through SQLAlchemy; empty for none."""
    return getattr(driver_error(problem), "sqlstate", None) or ""


def is_passing(problem: Exception) -> bool:
    """Whether the database refused for reasons of its own, so that trying again can help."""
    return sqlstate(problem)[:2] in ("40", "53", "55", "57", "08") or _is_out_of_reach(problem)


def retried(run: Callable[[], Result], *, times: int = 1) -> Result:
    """Runs it, and once more (or `times` more) if it waited too long for a lock, if the database chose it as the victim
    of a deadlock, or if it has to look again.

    All writers of many contacts lock them in one order, so this is the last resort for what no order covers, such as
    a plugin's own locks. The transaction was rolled back, nothing is half-written.
    """
    for _ in range(times):
        try:
            return run()
        except LookAgain:
            continue
        except (SQLAlchemyError, psycopg.Error) as problem:
            if sqlstate(problem) not in _VICTIM:
                raise
        time.sleep(random.uniform(0.01, 0.05))
    return run()


def driver_error(problem: Exception) -> object:
    """The driver's error that stands behind SQLAlchemy's, or the error itself."""
    return getattr(problem, "orig", None) or problem


def _is_out_of_reach(problem: Exception) -> bool:
    if isinstance(problem, sqlalchemy.exc.TimeoutError):
        return True
    is_lost = getattr(problem, "connection_invalidated", False)
    original = driver_error(problem)
    no_state = getattr(original, "sqlstate", None) is None
    lost_kinds = (psycopg.OperationalError, psycopg.InterfaceError)
    return is_lost or (no_state and isinstance(original, lost_kinds))
