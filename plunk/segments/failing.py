"""What an operator of a plugin does wrong: its segment is broken, and says why. plunk's own operators never fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from plunk.db.passing import driver_error, is_passing
from plunk.errors import PlunkError, SegmentBroken

log = logging.getLogger(__name__)
FAILED = "Its rule failed"
"""How the reason begins where an operator is there but raised: only a person knows when it is mended."""

MOST_CHARACTERS = 500


def reason(problem: Exception) -> str:
    """Whatever was raised, as a text that the database takes."""
    if isinstance(problem, SegmentBroken):
        return problem.message
    what = (
        str(driver_error(problem))
        if isinstance(problem, DBAPIError | psycopg.Error)
        else f"{type(problem).__name__}: {problem}"
    )
    text = f"{FAILED}: {what}".encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return text[:MOST_CHARACTERS]


@contextmanager
def making() -> Iterator[None]:
    """Around whatever calls an operator: raises SegmentBroken for all that it raises."""
    try:
        yield
    except PlunkError:
        raise
    except Exception as problem:  # a plugin's operator may do anything
        if is_passing(problem):
            raise
        log.exception("an operator failed")
        raise SegmentBroken(reason(problem)) from problem


@contextmanager
def asking() -> Iterator[None]:
    """Around a statement with a rule in it: raises SegmentBroken where the database refuses an operator's SQL. The
    transaction has failed then, unless the statement ran in a savepoint."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as problem:
        if is_passing(problem):
            raise
        raise SegmentBroken(reason(problem)) from problem
