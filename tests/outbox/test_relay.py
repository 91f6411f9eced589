"""The relay in real workers: side by side, killed, frozen, without a queue."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from plunk import clock
from plunk.config import Settings
from plunk.db import migrate
from plunk.db.base import db
from plunk.embedded.home import Home
from plunk.embedded.servers import EmbeddedServers
from plunk.jobs.models import ScheduledRun
from plunk.jobs.queue import FACTS, wake
from plunk.testing.apps import new_project, own_app
from tests.conftest import Install
from tests.live import eventually, scheduler, work_off, worker
from tests.outbox.facts import change, event, rows, states, tell
from tests.outbox.heard import SOURCE, heard_by, prepare

pytestmark = pytest.mark.usefixtures("alone")

Start = Callable[..., Flask]


@pytest.fixture
def quick(settings: Settings) -> Settings:
    """Settings with the shortest time limit."""
    return replace(settings, handler_seconds=1)


@pytest.fixture
def start(
    quick: Settings, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    """`start(*names, settings=…)`: listeners that workers will find too, and an app that knows them, in its context."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with ExitStack() as stack:

        def begin(*names: str, settings: Settings = quick) -> Flask:
            for name in names:
                install(name, SOURCE)
            app = stack.enter_context(own_app(settings))
            stack.enter_context(app.app_context())
            prepare()
            return app

        yield begin


@pytest.fixture
def name() -> str:
    """A listener's name that no other test uses."""
    return f"listener-{uuid4().hex[:8]}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a plugin says which process it runs in."""
    return tmp_path / "process"


def test_two_relays_at_once_keep_the_order_of_each_contact(start: Start, quick: Settings, name: str) -> None:
    project_id = new_project(start(name)).id
    contacts = [uuid4() for _ in range(200)]
    for n in range(1, 6):
        tell(*(event(project_id, contact, n, does="linger") for contact in contacts))
    with worker(quick, FACTS), worker(quick, FACTS):
        eventually(lambda: wake(FACTS) or states(name).count("done") == 1_000)
    found = heard_by(name)
    assert len(found) == 1_000
    for contact in contacts:
        assert [each.sequence for each in found if each.contact_id == contact] == [1, 2, 3, 4, 5]
    assert len({each.pid for each in found}) > 1


def test_a_relay_killed_in_the_middle_leaves_no_trace_and_the_fact_is_told_again(
    start: Start, quick: Settings, name: str, place: Path
) -> None:
    project_id = new_project(start(name)).id
    tell(event(project_id, uuid4(), 1, does="die_once", place=str(place)))
    work_off(quick)
    assert heard_by(name) == [], "what it had written went with it"
    assert [(row.state, row.attempts) for row in rows(name)] == [("pending", 1)]
    change(name, due_at=clock.now())
    work_off(quick)
    assert (len(heard_by(name)), states(name)) == (1, ["done"])


def test_a_killed_worker_takes_its_relays_along(
    start: Start, settings: Settings, name: str, place: Path
) -> None:
    project_id = new_project(start(name, settings=settings)).id
    tell(event(project_id, uuid4(), 1, does="hang_once", place=str(place)))
    with worker(settings, FACTS) as process:
        eventually(place.exists)
        busy = int(eventually(place.read_text))
        process.kill()
        process.wait()
        eventually(lambda: not is_running(busy))
    change(name, due_at=clock.now())
    work_off(settings)
    assert len(heard_by(name)) == 1


def test_a_plugin_that_hangs_each_time_delays_no_other(
    start: Start, quick: Settings, name: str, place: Path
) -> None:
    bad, good = f"{name}-bad", f"{name}-good"
    project_id = new_project(start(bad, good)).id
    hangs = {"does": "hang", "only": bad.replace("-", "_"), "place": str(place)}
    with worker(quick, FACTS):
        tell(*(event(project_id, uuid4(), 1, **hangs) for _ in range(5)))
        eventually(place.exists)
        for n in range(100, 115):
            tell(event(project_id, uuid4(), n, **hangs))
            time.sleep(0.1)
        eventually(lambda: states(good).count("done") == 20)
    # The twenty facts hang for a second each.
    assert delays(good)[-6] < 10, "all but the first five, for which the worker was not up yet"
    assert heard_by(bad) == []
    assert "PLUNK_HANDLER_SECONDS" in (rows(bad)[0].last_error or "")


def test_a_plugin_that_does_not_even_hear_its_alarm_is_killed(
    start: Start, quick: Settings, name: str, place: Path
) -> None:
    project_id = new_project(start(name)).id
    tell(event(project_id, uuid4(), 1, does="freeze", place=str(place)))
    with worker(quick, FACTS):
        busy = int(eventually(lambda: place.exists() and place.read_text()))
        eventually(lambda: not is_running(busy))
        tell(event(project_id, uuid4(), 2))
        eventually(lambda: heard_by(name))
    assert [each.sequence for each in heard_by(name)] == [2]


def test_a_worker_told_to_stop_ends_between_two_facts(start: Start, quick: Settings, name: str) -> None:
    project_id = new_project(start(name)).id
    tell(*(event(project_id, uuid4(), n, does="linger") for n in range(2_000)))
    with worker(quick, FACTS) as process:
        eventually(lambda: heard_by(name))
        process.terminate()
        assert process.wait(60) == 0
    told = len(heard_by(name))
    assert 0 < told < 2_000
    assert states(name).count("done") == told
    assert {row.attempts for row in rows(name) if row.state == "pending"} == {0}, "the others went back"
    change(name, state="done")


def test_facts_wait_for_a_plugin_that_is_not_there(
    start: Start, quick: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_id = new_project(start(name)).id
    tell(event(project_id, uuid4(), 1))
    path = os.environ["PYTHONPATH"]
    monkeypatch.delenv("PYTHONPATH")
    work_off(quick)
    assert [(row.state, row.attempts) for row in rows(name)] == [("pending", 0)]
    monkeypatch.setenv("PYTHONPATH", path)
    work_off(quick)
    assert (states(name), len(heard_by(name))) == (["done"], 1)


@pytest.fixture
def queue(tmp_path: Path, quick: Settings) -> Iterator[EmbeddedServers]:
    """A queue of this test's own, that it may flush and stop."""
    with started(replace(quick, home=tmp_path / "home", redis_url="")) as servers:
        yield servers


@pytest.fixture
def database(tmp_path: Path, settings: Settings) -> Iterator[EmbeddedServers]:
    """A database of this test's own, that it may stop. Ask for it before `start`, which leaves it first."""
    with started(replace(settings, home=tmp_path / "home", database_url="")) as servers:
        migrate.upgrade(servers.settings)
        yield servers


@contextmanager
def started(settings: Settings) -> Iterator[EmbeddedServers]:
    home = Home(settings.home)
    home.take("a test", stays=True, beside=lambda: False)
    servers = EmbeddedServers(home, settings, durable=False)
    servers.start()
    try:
        yield servers
    finally:
        servers.stop()
        home.release()


def test_flushall_at_any_moment_loses_nothing(queue: EmbeddedServers, start: Start, name: str) -> None:
    project_id = new_project(start(name, settings=queue.settings)).id
    client = Redis.from_url(queue.settings.redis_url)
    with running(queue.settings):
        tell(event(project_id, uuid4(), 1))
        eventually(lambda: states(name) == ["done"])
        for n in range(60):
            tell(event(project_id, uuid4(), n))
            if n % 3 == 0:
                client.flushall()
            time.sleep(0.05)
        client.flushall()
        eventually(lambda: states(name).count("done") == 61)
    client.close()
    assert len(heard_by(name)) == 61
    assert delays(name)[-2] < 15, "all but the first, for which the worker was not up yet"


def test_with_the_queue_away_for_a_while_workers_live_on_and_nothing_is_lost(
    queue: EmbeddedServers, start: Start, name: str
) -> None:
    project_id = new_project(start(name, settings=queue.settings)).id
    with running(queue.settings) as processes:
        tell(event(project_id, uuid4(), 1))
        eventually(lambda: states(name) == ["done"])
        with stopped(queue):
            for n in range(2, 6):
                tell(event(project_id, uuid4(), n))
                time.sleep(0.5)
            assert states(name).count("done") < 5
        eventually(lambda: states(name).count("done") == 5)
        assert [process.poll() for process in processes] == [None, None]


def test_with_the_database_away_for_a_while_workers_live_on_and_nothing_is_lost(
    database: EmbeddedServers, start: Start, name: str
) -> None:
    project_id = new_project(start(name, settings=database.settings)).id
    tell(*(event(project_id, uuid4(), n, does="linger") for n in range(300)))
    with running(database.settings) as processes:
        eventually(lambda: heard_by(name))
        db.session.remove()
        db.engine.dispose()
        with stopped(database):
            time.sleep(2)
        eventually(lambda: states(name).count("done") == 300)
        assert [process.poll() for process in processes] == [None, None]
    assert len(heard_by(name)) == 300
    assert sum(row.attempts > 1 for row in rows(name)) <= 1, "only the one that was being told is told alone"


@contextmanager
def stopped(servers: EmbeddedServers) -> Iterator[None]:
    """The only one of these servers is down until the end of the block."""
    (server,) = servers.all
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def running(settings: Settings) -> Iterator[list]:
    """A worker for facts and a scheduler, both up: one that is still starting ends when its database goes away."""
    began = clock.now()
    with worker(settings, FACTS) as one, scheduler(settings) as other:
        eventually(lambda: has_run_since(began))
        yield [one, other]


def has_run_since(began: datetime) -> bool:
    db.session.rollback()
    last = db.session.scalar(select(func.max(ScheduledRun.started_at)))
    return last is not None and last > began


def delays(name: str) -> list[float]:
    """Seconds from the record to the listener, the longest last."""
    created = {row.fact_id: row.created_at for row in rows(name)}
    return sorted((each.at - created[each.fact_id]).total_seconds() for each in heard_by(name))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
