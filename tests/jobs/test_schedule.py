"""Periodic work: once among any number of schedulers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, text, update
from sqlalchemy.exc import OperationalError

from plunk import schedule
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.models import ScheduledRun
from plunk.schedule import TASKS, Task, claim, run_due, run_forever
from tests.live import at_once, eventually, own_app


@pytest.fixture
def runs() -> list[int]:
    return []


@pytest.fixture
def task(runs: list[int], context: None) -> Iterator[Task]:
    """A task of this test's own."""
    name = f"test {uuid4()}"
    yield Task(name, timedelta(minutes=1), lambda: runs.append(1))
    with transaction():
        db.session.execute(delete(ScheduledRun).where(ScheduledRun.name == name))


def test_a_task_runs_when_due_and_not_again_before_its_turn(task: Task, runs: list[int]) -> None:
    assert run_due((task,)) == [task.name]
    assert run_due((task,)) == []
    with transaction():
        db.session.execute(
            update(ScheduledRun)
            .where(ScheduledRun.name == task.name)
            .values(started_at=ScheduledRun.started_at - timedelta(seconds=61))
        )
    assert run_due((task,)) == [task.name]
    assert len(runs) == 2


@pytest.mark.parametrize("already_ran", [False, True])
def test_of_many_schedulers_at_once_one_runs_the_task(
    app: Flask, task: Task, runs: list[int], already_ran: bool
) -> None:
    if already_ran:
        run_due((task,))
        with transaction():
            db.session.execute(
                update(ScheduledRun)
                .where(ScheduledRun.name == task.name)
                .values(started_at=ScheduledRun.started_at - timedelta(hours=1))
            )
        runs.clear()

    def tick() -> list[str]:
        with app.app_context():
            return run_due((task,))

    assert sorted(at_once([tick] * 6)) == [[]] * 5 + [[task.name]]
    assert runs == [1]


def test_a_claim_holds_until_the_next_turn(task: Task) -> None:
    with transaction():
        assert claim(task)
    with transaction():
        assert not claim(task)


def test_a_task_that_fails_does_not_stop_the_others(task: Task, runs: list[int]) -> None:
    def fail() -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    failing = Task(task.name + " fails", timedelta(minutes=1), fail)
    assert run_due((failing, task)) == [task.name]
    with transaction():
        db.session.execute(delete(ScheduledRun).where(ScheduledRun.name == failing.name))


def test_a_connection_that_dies_in_the_middle_of_a_task_does_not_stop_the_others(
    task: Task, runs: list[int]
) -> None:
    def die() -> None:
        db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    dying = Task(task.name + " dies", timedelta(minutes=1), die)
    assert run_due((dying, task)) == [task.name]
    with transaction():
        db.session.execute(delete(ScheduledRun).where(ScheduledRun.name == dying.name))


def test_with_the_database_out_of_reach_a_round_ends_with_the_first_task(
    settings: Settings, tmp_path: Path, runs: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [Task(name, timedelta(minutes=1), lambda: runs.append(1)) for name in ("first", "second")]
    with own_app(settings, database_url=f"postgresql:///plunk?host={tmp_path}") as app, app.app_context():
        assert run_due(tuple(tasks)) == []
    said = capsys.readouterr().err
    assert [name for name in ("first", "second") if f"refused the task '{name}'" in said] == ["first"]
    assert not runs


def test_the_real_tasks_run(context: None) -> None:
    with transaction():
        db.session.execute(delete(ScheduledRun))
    assert run_due() == [task.name for task in TASKS]


def test_a_scheduler_runs_until_it_is_told_to_stop(
    app: Flask, task: Task, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(schedule.run_due, "__defaults__", ((task,),))
    stop = threading.Event()
    thread = threading.Thread(target=run_forever, args=(app, stop))
    thread.start()
    eventually(lambda: runs)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert runs == [1]
