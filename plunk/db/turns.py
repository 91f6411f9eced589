"""Periodic work for many projects, each on its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from plunk.db.session import transaction

log = logging.getLogger(__name__)
Each = TypeVar("Each")


def in_turn(each_of: Iterable[Each], run: Callable[[Each], int], *, what: str) -> dict[Each, int]:
    """What `run` answers for each, in a transaction of its own: no lock of one is held while another is waited for.

    What the database refuses is noted in the log as `what`, and counts as none: it keeps no other from its turn.
    """
    found = {}
    for each in each_of:
        try:
            with transaction():
                number = run(each)
        except (SQLAlchemyError, psycopg.Error) as problem:
            log.warning("%s of %s must wait: %s", what, each, problem)
            number = 0
        found[each] = number
    return found
