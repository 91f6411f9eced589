"""`plunk worker` and `plunk scheduler`: what runs beside the web processes."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from plunk import schedule
from plunk.cli.context import app_of
from plunk.jobs.queue import LANES
from plunk.jobs.worker import work


@click.command()
@click.option(
    "--lane", "lanes", multiple=True, type=click.Choice(LANES), help="Only these lanes; all if absent."
)
@click.option("--burst", is_flag=True, help="End when there is nothing left to do.")
def worker(lanes: tuple[str, ...], burst: bool) -> None:
    """Work on background jobs until told to stop."""
    with app_of("worker", is_worker=True, stays=True) as (app, settings):
        work(app, settings, lanes or LANES, burst=burst)


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
