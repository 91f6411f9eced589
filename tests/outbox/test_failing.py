"""A listener that fails: asked again later and later, given up in the end."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from plunk import clock
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.outbox import leasing, telling
from plunk.outbox.telling import PAUSES
from tests.outbox.conftest import Register, Tellers
from tests.outbox.facts import Listener, change, event, fail, rows, states, tell, tell_all


def test_a_listener_that_fails_is_asked_again_later_and_holds_up_its_own_contact_only(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    unlucky, other = uuid4(), uuid4()
    listener = Listener(lambda fact: fact.sequence == 1 and fact.contact_id == unlucky and fail(fact))
    name = register(listener)
    tell(*(event(project_id, contact, n) for n in (1, 2, 3) for contact in (unlucky, other)))
    before = clock.now()
    tell_all(teller(name))
    assert {fact.contact_id for fact in listener.heard} == {other} and listener.sequences == [1, 2, 3]
    first, *others = (row for row in rows(name) if row.contact_id == unlucky)
    assert (first.state, first.attempts, first.last_error) == ("pending", 1, "ValueError: no luck")
    assert timedelta(seconds=4) < first.due_at - before < timedelta(seconds=25)
    assert [(row.state, row.attempts) for row in others] == [("pending", 0), ("pending", 0)]

    listener.does = lambda fact: None
    change(name, due_at=clock.now())
    tell_all(teller(name))
    assert [fact.sequence for fact in listener.heard if fact.contact_id == unlucky] == [1, 2, 3]
    assert set(states(name)) == {"done"}


def test_what_waits_behind_a_failed_fact_is_put_off_with_it(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    name = register(Listener(fail))
    contact_id = uuid4()
    tell(event(project_id, contact_id, 1))
    change(name, attempts=3)
    tell_all(teller(name))
    tell(*(event(project_id, contact_id, n) for n in range(2, 6)))
    tell_all(teller(name))
    with transaction():
        assert leasing.due([name]) == [], "nothing to look at until the first is tried again"
    due = [row.due_at for row in rows(name)]
    assert due == sorted(due) and due[0] > clock.now() + timedelta(minutes=9)


def test_the_pauses_grow_and_after_the_last_it_is_given_up(
    register: Register, teller: Tellers, project_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(fail)
    name = register(listener, "unlucky")
    contact_id = uuid4()
    tell(event(project_id, contact_id, 1), event(project_id, contact_id, 2))
    pauses = []
    old = clock.now() - sum(PAUSES, timedelta(hours=1))
    for _ in PAUSES:
        before = clock.now()
        tell_all(teller(name))
        pauses.append(rows(name)[0].due_at - before)
        change(name, due_at=clock.now(), created_at=old)
    assert all(
        timedelta(0) <= real - pause < timedelta(seconds=20)
        for real, pause in zip(pauses, PAUSES, strict=True)
    )

    listener.does = lambda fact: fact.sequence == 1 and fail(fact)
    tell_all(teller(name))
    assert states(name) == ["failed", "done"], "the next one's turn comes when the first is given up"
    given_up = rows(name)[0]
    assert (given_up.attempts, given_up.last_error) == (len(PAUSES) + 1, "ValueError: no luck")
    assert given_up.finished_at is not None
    assert "given up" in caplog.text and name in caplog.text and "plunk_event_tracked" in caplog.text


def test_attempts_that_came_too_fast_are_no_reason_to_give_up(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    """Processes that were killed again and again used up the attempts within minutes."""
    name = register(Listener(fail))
    tell(event(project_id, uuid4(), 1))
    change(name, attempts=30)
    tell_all(teller(name))
    (row,) = rows(name)
    assert (row.state, row.attempts) == ("pending", 31)
    assert row.due_at > clock.now() + PAUSES[-1] - timedelta(minutes=1)


def test_a_fact_that_ends_each_process_is_given_up_in_the_end(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    listener = Listener()
    name = register(listener)
    tell(event(project_id, uuid4(), 1))
    change(name, attempts=30, created_at=clock.now() - sum(PAUSES, timedelta(hours=1)))
    tell_all(teller(name))
    assert (states(name), listener.heard) == (["failed"], [])


@pytest.mark.parametrize("message", ["with \0 in it", "a lone \ud800", "x" * 5_000, ""], ids=repr)
def test_whatever_an_exception_says_can_be_stored(
    message: str,
    register: Register,
    teller: Tellers,
    project_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is logged goes into the report of the test, which cannot carry a lone surrogate to another process.
    monkeypatch.setattr(telling, "log", logging.Logger("silent", level=logging.CRITICAL + 1))

    def fail_oddly(fact: Any) -> None:
        raise RuntimeError(message)

    name = register(Listener(fail_oddly))
    tell(event(project_id, uuid4(), 1))
    tell_all(teller(name))
    assert rows(name)[0].last_error.startswith("RuntimeError: ")
    assert len(rows(name)[0].last_error) <= telling.MOST_CHARACTERS


def test_a_statement_of_a_handler_that_fails_spoils_nothing(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    def fail_in_sql(fact: Any) -> None:
        if fact.sequence == 1:
            db.session.execute(text("SELECT 1 / 0"))

    listener = Listener(fail_in_sql)
    name = register(listener)
    tell(event(project_id, uuid4(), 1), event(project_id, uuid4(), 2))
    tell_all(teller(name))
    assert states(name) == ["pending", "done"]
    assert "division by zero" in rows(name)[0].last_error


def test_a_plugin_that_hears_no_such_facts_any_more_is_asked_later(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    name = register(Listener())
    tell(event(project_id, uuid4(), 1))
    change(name, kind="membership")
    tell_all(teller(name))
    (row,) = rows(name)
    assert row.state == "pending" and "plunk_membership_changed" in row.last_error
