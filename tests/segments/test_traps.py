"""Two connections at once: what simpler engines got wrong. Each test holds one transaction open and lets another wait.

READ COMMITTED gives each statement its own snapshot, so whoever waits for a lock and goes on with what it read before
goes on with the past.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from plunk import clock
from plunk.contacts.data import DataWrite
from plunk.contacts.upsert import ContactWrite, Origin, upsert
from plunk.db.base import db
from plunk.db.locks import lock_alone
from plunk.db.session import transaction
from plunk.segments import computing, membership, refresh, rules, service, timers
from plunk.segments.models import MembershipTimer
from plunk.testing.api import Api, Project
from tests.segments.rules import field, plan_is, rule, static
from tests.segments.traces import faults, history

ORIGIN = Origin("test", "secret")
PATIENCE = 10.0


class Beside:
    """Another connection's work, in a thread of its own."""

    def __init__(self, app: Flask, work: Callable[[], Any]) -> None:
        self._app, self._work = app, work
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with self._app.app_context():
                self._work()
        except BaseException as problem:
            self._problem = problem

    def waits(self, app: Flask) -> bool:
        """Whether it stands at a lock, after a moment for getting there."""
        until = time.monotonic() + PATIENCE
        with app.app_context():
            while time.monotonic() < until:
                waiting = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))
                if db.session.scalar(waiting):
                    return True
                db.session.rollback()
                if not self._thread.is_alive():
                    return False
                time.sleep(0.01)
        return False

    def done(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self._problem:
            raise self._problem


@contextmanager
def open_transaction(app: Flask) -> Iterator[None]:
    """This test's own connection, in the middle of something."""
    with app.app_context(), transaction():
        yield


@pytest.fixture
def sound(app: Flask, project: Project) -> Iterator[None]:
    yield
    with app.app_context():
        assert faults(project.id) == []


def write(project: Project, name: str, **data: Any) -> None:
    upsert(project.id, ContactWrite(f"{name}@example.com", DataWrite(keep=data)), ORIGIN)


def test_a_stale_version(app: Flask, api: Api, project: Project, sound: None) -> None:
    """A writer that waited for an edit judges by the edited rule."""
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.contact("warm@example.com", data={"plan": "trial"})
    with open_transaction(app):
        api_edit(project, trial, rule(plan_is("pro")))

        def late_write() -> None:
            with transaction():
                write(project, "late", plan="trial")

        beside = Beside(app, late_write)
        assert beside.waits(app), "writers wait for edits"
    beside.done()
    assert api.members(trial) == set()
    assert history(api, trial)[0] == ("exit", "warm@example.com")


def api_edit(project: Project, segment: dict[str, Any], condition: dict[str, Any]) -> None:
    parsed = rules.parse(project.id, condition)
    service.change(project.id, UUID(segment["id"]), rule=parsed)


def test_an_edit_waits_for_writers(app: Flask, api: Api, project: Project, sound: None) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    with open_transaction(app):
        write(project, "early", plan="pro")

        def edit() -> None:
            with transaction():
                api_edit(project, trial, rule(plan_is("pro")))

        beside = Beside(app, edit)
        assert beside.waits(app)
    beside.done()
    assert history(api, trial) == [("entry", "early@example.com")]


def test_a_stale_membership(app: Flask, api: Api, project: Project, sound: None) -> None:
    """Two writers of one contact: the second judges by the members that the first left."""
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.contact("ada@example.com")
    with open_transaction(app):
        write(project, "ada", plan="trial")

        def second() -> None:
            with transaction():
                write(project, "ada", plan="pro")

        beside = Beside(app, second)
        assert beside.waits(app)
    beside.done()
    assert history(api, trial) == [("exit", "ada@example.com"), ("entry", "ada@example.com")]


def test_a_static_member_and_a_writer(app: Flask, api: Api, project: Project, sound: None) -> None:
    """A members call and a write of the same contact give its facts different numbers."""
    api.segment("Trial users", plan_is("trial"), trackMembership=True)
    vip = static(api, "VIP", trackMembership=True)
    api.contact("ada@example.com")
    other = Api(app.test_client(), project.secret_key)
    with open_transaction(app):
        write(project, "ada", plan="trial")

        def add() -> None:
            other.post(f"/segments/{vip['id']}/members", {"emails": ["ada@example.com"]})

        beside = Beside(app, add)
        assert beside.waits(app)
    beside.done()
    assert history(api, vip) == [("entry", "ada@example.com")]


def test_a_refresh_against_a_writer(
    app: Flask, api: Api, project: Project, monkeypatch: pytest.MonkeyPatch, sound: None
) -> None:
    """A range waits for the writer, and sees what it wrote; the writer of a range waits for its end."""
    monkeypatch.setattr(computing, "AT_ONCE", 0)
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)

    def step() -> None:
        with transaction():
            lock_alone("rules", project.id)
            refresh.step(project.id)

    with open_transaction(app):
        membership.look_before(project.id, [UUID(ada["id"])], ())
        write(project, "ada", plan="pro")
        beside = Beside(app, step)
        assert beside.waits(app)
    beside.done()
    assert history(api, trial) == [("exit", "ada@example.com")]

    api.patch(f"/segments/{trial['id']}", {"condition": rule(plan_is("pro"))})
    with open_transaction(app):
        step_open(project)

        def late() -> None:
            with transaction():
                write(project, "ada", plan="trial")

        beside = Beside(app, late)
        assert beside.waits(app)
    beside.done()
    assert [change for change, _ in history(api, trial)] == ["exit", "entry", "exit"]


def step_open(project: Project) -> None:
    lock_alone("rules", project.id)
    refresh.step(project.id)


def test_the_starting_point_while_computing(
    app: Flask, api: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that began before it knew of the new segment takes the long way: the contact was in from the start,
    so its leaving is an exit, and not nothing."""
    monkeypatch.setattr(computing, "AT_ONCE", 0)
    api.contact("ada@example.com", data={"plan": "trial"})
    other = Api(app.test_client(), project.secret_key)
    made: list[dict[str, Any]] = []
    with open_transaction(app):
        lock_alone("rules", project.id)

        def leave() -> None:
            other.contact("ada@example.com", data={"plan": "pro"})

        beside = Beside(app, leave)
        assert beside.waits(app)
        segment = service.create(
            project.id,
            name="Trial users",
            kind="DYNAMIC",
            origin=ORIGIN,
            rule=rules.parse(project.id, rule(plan_is("trial"))),
            track_membership=True,
        )
        made.append({"id": str(segment.id)})
    beside.done()
    assert history(api, made[0]) == [("exit", "ada@example.com")]


def test_a_timer_against_a_write(app: Flask, api: Api, project: Project, sound: None) -> None:
    """The sweep waits for the writer, and judges by what it wrote: the contact stays."""
    active = api.segment(
        "Active", field("event.login", "triggeredWithin", value=1, unit="days"), trackMembership=True
    )
    old = clock.iso(clock.now() - timedelta(days=1) + timedelta(minutes=1))
    api.track("ada@example.com", "login", timestamp=old)
    assert api.members(active) == {"ada@example.com"}
    other = Api(app.test_client(), project.secret_key)
    with clock.moved(timedelta(minutes=2)):
        with open_transaction(app):
            db.session.execute(
                text("SELECT 1 FROM contacts WHERE project_id = :p FOR UPDATE"), {"p": project.id}
            )
            db.session.execute(
                text(
                    "UPDATE activity SET last_at = clock_timestamp() WHERE project_id = :p AND name = 'login'"
                ),
                {"p": project.id},
            )
            db.session.execute(
                text(
                    "UPDATE events SET created_at = clock_timestamp() WHERE project_id = :p AND name = 'login'"
                ),
                {"p": project.id},
            )
            beside = Beside(app, lambda: timers.sweep())
            assert beside.waits(app)
        beside.done()
    assert history(api, active) == [("entry", "ada@example.com")]
    assert other.members(active) == {"ada@example.com"}
    with app.app_context():
        ahead = select(MembershipTimer.due_at).where(MembershipTimer.project_id == project.id)
        assert db.session.scalar(ahead) > clock.now()


def test_the_clock_after_a_lock_wait(app: Flask, api: Api, project: Project, sound: None) -> None:
    """Whoever waited for a lock while the moment passed judges by the time after the wait."""
    ending = clock.iso(clock.now() + timedelta(seconds=0.8))
    soon = api.segment("Soon", field("data.ends", "withinNext", value=1, unit="days"), trackMembership=True)
    api.contact("ada@example.com")
    with open_transaction(app):
        write(project, "ada", city="Paris")

        def late() -> None:
            with transaction():
                write(project, "ada", ends=ending)

        beside = Beside(app, late)
        assert beside.waits(app)
        time.sleep(1.0)
    beside.done()
    assert history(api, soon) == [], "its moment had passed when the write went on"
