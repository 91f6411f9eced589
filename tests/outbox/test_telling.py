"""Telling one listener: alone, in order, once, and again when it failed."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text, update

from plunk import clock, hookimpl
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.outbox import fairness, leasing, telling
from plunk.outbox.models import OutboxRow
from plunk.outbox.telling import PAUSES, Spent, Teller
from plunk.testing.api import Project
from plunk.testing.apps import new_project
from tests.live import at_once
from tests.outbox.conftest import Register
from tests.outbox.facts import Listener, change, entry, event, rows, states, tell

Tellers = Callable[[str], Teller]


@pytest.fixture(autouse=True)
def here(own: Flask) -> None:
    """Everything in the app of the test."""


def tell_all(teller: Teller) -> None:
    while teller.tell_due():
        pass


def fail(fact: Any) -> None:
    raise ValueError("no luck")


def test_a_fact_is_told_as_it_was_recorded(register: Register, teller: Tellers, project_id: UUID) -> None:
    class Both(Listener):
        @hookimpl
        def plunk_membership_changed(self, fact: Any) -> None:
            self.heard.append(fact)

    listener = Both()
    name = register(listener)
    contact_id = uuid4()
    told = [event(project_id, contact_id, 1, price=2.5, note="ä\u2028"), entry(project_id, contact_id, 2)]
    tell(*told)
    tell_all(teller(name))
    assert listener.heard == told
    assert [(row.kind, row.topic, row.state, row.attempts) for row in rows(name)] == [
        ("event", "bought", "done", 1),
        ("membership", "segment.trial.entry", "done", 1),
    ]


def test_facts_about_a_contact_are_told_in_order(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    listener = Listener()
    name = register(listener)
    contacts = [uuid4() for _ in range(70)]
    tell(*(event(project_id, contact, n) for n in range(1, 4) for contact in contacts))
    tell_all(teller(name))
    assert len(listener.heard) == 210
    for contact in contacts:
        assert [fact.sequence for fact in listener.heard if fact.contact_id == contact] == [1, 2, 3]


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


def test_a_thousand_facts_behind_a_failed_one_do_not_keep_the_next_contact_waiting(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    stuck, next_one = uuid4(), uuid4()
    listener = Listener(lambda fact: fact.contact_id == stuck and fail(fact))
    name = register(listener)
    tell(*(event(project_id, stuck, n) for n in range(1, 1_001)))
    tell(event(project_id, next_one, 1))
    began = time.monotonic()
    tell_all(teller(name))
    assert time.monotonic() - began < 20
    assert [fact.contact_id for fact in listener.heard] == [next_one]


def test_a_crowd_of_facts_in_one_project_keeps_no_other_waiting(
    register: Register, teller: Tellers, own: Flask
) -> None:
    listener = Listener()
    name = register(listener)
    crowded, quiet = new_project(own).id, new_project(own).id
    tell(*(event(crowded, uuid4(), 1) for _ in range(300)))
    tell(event(quiet, uuid4(), 1))
    teller(name).tell_due()
    heard = [fact.project_id for fact in listener.heard]
    assert quiet in heard[:2] and 20 < len(heard) < 100
    tell_all(teller(name))
    assert len(listener.heard) == 301


def test_projects_beyond_those_of_one_turn_have_theirs_later(
    register: Register, teller: Tellers, own: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness, "MOST_PROJECTS", 2)
    listener = Listener()
    name = register(listener)
    projects = {new_project(own).id for _ in range(5)}
    tell(*(event(project_id, uuid4(), 1) for project_id in projects))
    tell_all(teller(name))
    assert len(listener.heard) == 5 and {fact.project_id for fact in listener.heard} == projects


def test_of_two_listeners_the_one_that_heard_is_not_told_again(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    good, bad = Listener(), Listener(fail)
    heard, failed = register(good), register(bad)
    tell(event(project_id, uuid4(), 1))
    for _ in range(3):
        for name in (heard, failed):
            tell_all(teller(name))
        change(failed, due_at=clock.now())
    assert (states(heard), states(failed)) == (["done"], ["pending"])
    assert len(good.heard) == 1
    assert rows(failed)[0].attempts == 3


def test_what_a_handler_writes_stays_if_and_only_if_it_was_told(
    register: Register, teller: Tellers, project_id: UUID, project: Project
) -> None:
    def write_and_fail_once(fact: Any) -> None:
        db.session.execute(text("UPDATE projects SET name = name || '+' WHERE id = :id"), {"id": project_id})
        if not listener.heard and not tries.append(1) and len(tries) == 1:
            fail(fact)

    tries: list[int] = []
    listener = Listener(write_and_fail_once)
    name = register(listener)
    tell(event(project_id, uuid4(), 1))
    tell_all(teller(name))
    change(name, due_at=clock.now())
    tell_all(teller(name))
    assert len(tries) == 2
    assert db.session.scalar(text("SELECT name FROM projects WHERE id = :id"), {"id": project_id}) == "Tests+"


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


def test_what_was_tried_before_is_leased_alone(register: Register, teller: Tellers, project_id: UUID) -> None:
    name = register(Listener())
    tell(*(event(project_id, uuid4(), 1) for _ in range(5)))
    change(name, attempts=1)
    with transaction():
        assert leasing.lease_fresh(name).rows == []
        assert len(leasing.lease_tried(name).rows) == 1


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


def test_a_fact_recorded_behind_one_that_was_just_told_is_told_at_once(
    register: Register, teller: Tellers, project_id: UUID
) -> None:
    listener = Listener()
    name = register(listener)
    contact_id = uuid4()
    for n in range(1, 4):
        tell(event(project_id, contact_id, n))
        tell_all(teller(name))
    assert listener.sequences == [1, 2, 3]
