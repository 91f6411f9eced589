"""How long the outbox keeps what was told, and what nobody is there to hear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask

from plunk import clock
from plunk.config import settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.outbox import jobs
from plunk.outbox.jobs import forget_absent_listeners, forget_old_facts
from tests.outbox.conftest import Register
from tests.outbox.facts import Listener, change, event, rows, tell


@pytest.fixture(autouse=True)
def here(own: Flask) -> Iterator[None]:
    """Everything in the app of the test."""
    yield
    db.session.rollback()


@pytest.fixture
def name(own: Flask, register: Register, project_id: UUID) -> str:
    """A listener with three facts to hear."""
    name = register(Listener())
    tell(*(event(project_id, uuid4(), n) for n in range(3)))
    return name


def long_ago() -> timedelta:
    return clock.now() - timedelta(days=settings().outbox_retention_days, hours=1)


@pytest.mark.parametrize("state", ["done", "failed"])
def test_what_ended_is_forgotten_after_its_time(name: str, state: str) -> None:
    change(name, state=state, finished_at=clock.now())
    with transaction():
        forget_old_facts()
    assert len(rows(name)) == 3
    change(name, finished_at=long_ago())
    with transaction():
        forget_old_facts()
    assert rows(name) == []


def test_what_is_pending_is_kept_however_old(name: str) -> None:
    change(name, created_at=long_ago(), due_at=long_ago())
    with transaction():
        forget_old_facts()
        forget_absent_listeners()
    assert len(rows(name)) == 3


def test_what_nobody_is_there_to_hear_is_forgotten_after_that_time(own: Flask, name: str) -> None:
    own.extensions["plunk.plugins"].unregister(name=name)
    with transaction():
        forget_absent_listeners()
    assert len(rows(name)) == 3
    change(name, created_at=long_ago())
    with transaction():
        forget_absent_listeners()
    assert rows(name) == []


def test_a_run_forgets_so_many_and_no_more(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    change(name, state="done", finished_at=long_ago() - timedelta(days=10_000))
    with transaction():
        assert forget_old_facts() == 2
    assert len(rows(name)) == 1
