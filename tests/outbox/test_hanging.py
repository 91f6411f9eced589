"""A handler that hangs is stopped when its time is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.outbox.telling import Spent
from tests.outbox.conftest import Register, Tellers
from tests.outbox.facts import Listener, event, rows, tell


def test_a_handler_is_stopped_when_its_time_is_over(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    def hang(fact: Any) -> None:
        try:
            time.sleep(20)
        except Exception:
            pass

    stopped_after(1.0, hang, register, teller, project_id)


def test_a_handler_that_waits_for_the_database_is_stopped_there_too(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    def hang(fact: Any) -> None:
        db.session.execute(text("UPDATE projects SET name = 'locked' WHERE id = :id"), {"id": project_id})
        db.session.execute(text("SELECT pg_sleep(20)"))

    stopped_after(1.0, hang, register, teller, project_id)
    with transaction():  # Its locks went with it: nobody waits for one longer than three seconds.
        db.session.execute(text("UPDATE projects SET name = 'free' WHERE id = :id"), {"id": project_id})


def test_a_handler_that_catches_even_that_is_found_out(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    def hang(fact: Any) -> None:
        try:
            time.sleep(20)
        except BaseException:
            pass

    stopped_after(1.0, hang, register, teller, project_id)


def stopped_after(
    seconds: float, hang: Callable[[Any], None], register: Register, teller: Tellers, project_id: UUID
) -> None:
    name = register(Listener(hang))
    tell(event(project_id, uuid4(), 1), event(project_id, uuid4(), 1))
    began = time.monotonic()
    with pytest.raises(Spent):
        teller(name).tell_due()
    assert seconds <= time.monotonic() - began < seconds + 15
    first, second = rows(name)
    assert (first.state, first.attempts) == ("pending", 1)
    assert first.last_error == "it took longer than 1 s (PLUNK_HANDLER_SECONDS)"
    assert (second.attempts, second.due_at) == (0, second.created_at), "it went back, as if never leased"
