"""Telling one listener: alone, in order, once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from plunk import clock, hookimpl
from plunk.db.base import db
from plunk.testing.api import Project
from tests.outbox.conftest import Register, Tellers
from tests.outbox.facts import Listener, change, entry, event, fail, rows, states, tell, tell_all


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
