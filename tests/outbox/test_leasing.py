"""Who has a row leased, and when it goes back."""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from plunk import clock
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.outbox import leasing
from plunk.outbox.models import OutboxRow
from tests.live import at_once
from tests.outbox.conftest import Register, Tellers
from tests.outbox.facts import Listener, change, event, rows, states, tell, tell_all


def test_what_somebody_else_has_taken_meanwhile_is_left_to_him(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    """Our process slept longer than its lease before it came to the second row."""

    def lose_the_others(fact: Any) -> None:
        others = update(OutboxRow).where(OutboxRow.listener == name, OutboxRow.fact_id != fact.id)
        with db.engine.begin() as connection:
            connection.execute(others.values(attempts=OutboxRow.attempts + 1))

    listener = Listener(lose_the_others)
    name = register(listener)
    tell(event(project_id, uuid4(), 1), event(project_id, uuid4(), 2))
    tell_all(teller(name))
    assert listener.sequences == [1]
    assert [(row.state, row.attempts) for row in rows(name)] == [("done", 1), ("pending", 2)]


def test_nobody_else_can_take_what_a_handler_is_busy_with(
    own: Flask, register: Register, teller: Tellers, project_id: UUID
) -> None:
    """However long that lasts: even when the lease has run out."""

    def look_in_another_process() -> list[Any]:
        with own.app_context(), transaction():
            return [*leasing.lease_fresh(name).rows, *leasing.lease_tried(name).rows]

    listener = Listener(lambda fact: found.extend(at_once([look_in_another_process])[0]))
    found: list[Any] = []
    name = register(listener)
    tell(event(project_id, uuid4(), 1))
    with transaction():
        turn = leasing.lease_fresh(name)
    change(name, due_at=clock.now() - timedelta(minutes=1))
    teller(name)._tell(deque(turn.rows))
    assert (len(listener.heard), found, states(name)) == (1, [], ["done"])


def test_what_was_tried_before_is_leased_alone(register: Register, teller: Tellers, project_id: UUID) -> None:
    name = register(Listener())
    tell(*(event(project_id, uuid4(), 1) for _ in range(5)))
    change(name, attempts=1)
    with transaction():
        assert leasing.lease_fresh(name).rows == []
        assert len(leasing.lease_tried(name).rows) == 1


def test_what_there_was_no_time_for_goes_back_to_its_place(
    register: Register, teller: Tellers, project_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "BATCH_SECONDS", 0.05)
    listener = Listener(lambda fact: time.sleep(0.06))
    name = register(listener)
    tell(*(event(project_id, uuid4(), 1) for _ in range(3)))
    teller(name).tell_due()
    assert len(listener.heard) == 1
    assert [(row.state, row.attempts) for row in rows(name)] == [("done", 1), ("pending", 0), ("pending", 0)]
    assert all(row.due_at == row.created_at for row in rows(name)[1:])
