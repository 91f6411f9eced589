"""Small projects: members are found before the answer, not by a worker."""

from __future__ import annotations

import logging
import time
from uuid import UUID

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from plunk.db.locks import lock_alone
from plunk.db.session import transaction
from plunk.segments.refresh import Pace, step

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 20.0


def catch_up(project_id: UUID) -> None:
    """After the commit of an edit, before its answer: range by range, each in a transaction of its own, so that writers
    come in between. What is left after a while, or fails, is taken up by the scheduler."""
    pace, until = Pace(), time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < until:
            with transaction():
                lock_alone("rules", project_id)
                began = time.monotonic()
                if step(project_id, most=pace.contacts) is None:
                    return
            pace.took(time.monotonic() - began)
    except (SQLAlchemyError, psycopg.Error) as problem:
        log.warning("a refresh of project %s waits for the scheduler: %s", project_id, problem)
