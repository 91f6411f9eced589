"""`plunk worker` and `plunk scheduler`: what runs beside the web processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import partial
from types import FrameType

import click

from plunk import schedule
from plunk.cli.context import app_of, say
from plunk.cli.supervisor import Child, Supervisor
from plunk.config import Settings
from plunk.embedded.processes import spawn
from plunk.jobs.queue import LANES
from plunk.jobs.worker import work, work_off


@click.command()
@click.option(
    "--lane", "lanes", multiple=True, type=click.Choice(LANES), help="Only these lanes; all if absent."
)
@click.option("--burst", is_flag=True, help="End when there is nothing left to do.")
def worker(lanes: tuple[str, ...], burst: bool) -> None:
    """Work on background jobs until told to stop, in a process for each lane."""
    lanes = tuple(dict.fromkeys(lanes)) or LANES
    with app_of("worker", is_worker=True, stays=True) as (app, settings):
        if burst:
            work_off(app, settings, lanes)
        elif len(lanes) == 1:
            work(app, settings, lanes)
        else:
            # Killed ourselves, we take them along: half of a worker must not go on unseen.
            Supervisor(workers(settings, lanes, dies_with=signal.SIGKILL), say).run()


@click.command()
def scheduler() -> None:
    """Start periodic work when it is due. Several of these do not double anything."""
    stop = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        stop.set()

    with app_of("scheduler", is_worker=True, stays=True) as (app, _):
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        schedule.run_forever(app, stop)


def workers(settings: Settings, lanes: Sequence[str] = LANES, *, dies_with: signal.Signals) -> list[Child]:
    """A worker for each lane, as children of a supervisor; they end together."""
    return [
        Child(
            f"{lane} worker",
            partial(python, settings, "-m", "plunk", "worker", "--lane", lane, dies_with=dies_with),
            patience=20.0,
            is_asked_early=True,
        )
        for lane in lanes
    ]


def python(
    settings: Settings,
    *arguments: str,
    keeps: Sequence[int] = (),
    dies_with: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts Python on the servers of these settings; what it says goes into a pipe."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PLUNK_SECRET_KEY": settings.secret_key,
        "PYTHONUNBUFFERED": "1",
    }
    return spawn(
        [sys.executable, *arguments],
        env=environment,
        output=subprocess.PIPE,
        keeps=keeps,
        dies_with=dies_with,
    )
