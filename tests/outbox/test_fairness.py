"""Crowds of facts keep no other contact and no other project waiting."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import pytest
from flask import Flask

from plunk.outbox import fairness
from plunk.testing.apps import new_project
from tests.outbox.conftest import Register, Tellers
from tests.outbox.facts import Listener, event, fail, tell, tell_all


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
