"""`plunk up`: servers, schema, web, workers and scheduler, from one command."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

import click
from sqlalchemy.exc import OperationalError

from plunk.cli.first_start import invitation, prepare
from plunk.cli.listener import is_healthy, listening, url_of
from plunk.cli.processes import python, workers
from plunk.cli.supervisor import Child, Supervisor, handled
from plunk.config import Settings
from plunk.db import migrate
from plunk.embedded.home import Home
from plunk.embedded.servers import EmbeddedServers, held

PORT_IS_FREED_WITHIN = 30.0
HEALTHY_WITHIN = 600.0


@click.command()
def up() -> None:
    """Run everything: PostgreSQL, Valkey, web, workers, scheduler.

    DATABASE_URL and REDIS_URL name servers of yours instead. Data is kept in PLUNK_HOME (.plunk), the address
    is HOST and PORT (127.0.0.1:8000). Ctrl-C stops all of it.

    Example: PORT=9000 plunk up
    """
    settings = Settings.from_environment()
    if settings.database_url:
        settings.fit_to_serve()  # now: a web process would say it again and again
    try:
        with handled(_interrupt), _homes(settings) as home:
            # After a kill, the last run's web process may need a moment to let go of the port.
            patience = PORT_IS_FREED_WITHIN if home and home.was_left_in_a_hurry else 0.0
            with listening(settings.host, settings.port, patience=patience) as listener:
                _run(settings, home, listener)
    except KeyboardInterrupt:
        say("stopped before it was up")
        sys.exit(130)


def say(text: str) -> None:
    """A line for the person at the terminal; a terminal that went away is no reason to stop in the middle."""
    try:
        click.echo(text)
    except OSError:
        pass


def _run(settings: Settings, home: Home | None, listener: socket.socket) -> None:
    servers = None
    try:
        if home:
            say(f"starting in {home.folder}")
            servers = EmbeddedServers(home, settings)
            servers.start()
            settings = servers.settings
        first_words = _prepare_database(settings, url_of(listener))
        children = [*_processes(settings, listener), *_adopted(servers)]
        supervisor = Supervisor(children, say, when_stopping=listener.close)
        threading.Thread(target=_announce, args=(listener, first_words), daemon=True).start()
        supervisor.run()
        say("stopped")
    finally:
        if servers:
            servers.stop()


def _prepare_database(settings: Settings, url: str) -> str:
    """Brings the schema up to date; on the first start makes a project. Returns what to print once plunk answers."""
    try:
        migrate.upgrade(settings)
        start = prepare(settings)
    except OperationalError as problem:
        reason = str(problem.orig).strip().splitlines()[0]
        raise click.ClickException(
            f"The database does not answer ({reason}): look at DATABASE_URL."
        ) from None
    base = settings.base_url if settings.url else url
    words = f"dashboard: {base}{start.setup or '/dashboard'}\n"
    if start.setup:
        words = f"choose how you sign in (the link works once, for a day):\n\n  {base}{start.setup}\n"
    if (made := start.project) is None:
        return words
    # At once: the keys exist from now on and are shown only here.
    say(f"project {made.name!r}\n  secret key  {made.secret_key}\n  public key  {made.public_key}")
    return words + "\n" + invitation(made, url)


def _processes(settings: Settings, listener: socket.socket) -> list[Child]:
    """Web, workers and scheduler, in the order in which they are stopped."""
    web = [
        "-m", "gunicorn",
        "--bind", f"fd://{listener.fileno()}",
        "--worker-class", "gthread",
        "--workers", str(settings.web_workers),
        "--threads", str(settings.web_threads),
        "--graceful-timeout", "10",
        "--limit-request-line", "8190",
        "--log-level", "info" if settings.log_level == "debug" else "warning",
        "--no-control-socket",
        "--forwarded-allow-ips", "",  # PLUNK_PROXIES alone says whose headers are believed.
    ]  # fmt: skip
    return [
        Child(
            "web",
            partial(python, settings, *web, "plunk.serving:application()", keeps=(listener.fileno(),)),
            hurry_signal=signal.SIGQUIT,
            patience=15.0,
        ),
        *workers(settings, dies_with=signal.SIGTERM),
        Child("scheduler", partial(python, settings, "-m", "plunk", "scheduler"), patience=10.0),
    ]


def _adopted(servers: EmbeddedServers | None) -> list[Child]:
    """The servers, the last started first: they run already and are started again if they are killed."""
    return [
        Child(
            server.name,
            server.launch,
            stop_signal=server.stop_signal,
            hurry_signal=server.hurry_signal,
            patience=server.patience,
            process=server.process,
        )
        for server in reversed(servers.all if servers else [])
    ]


def _announce(listener: socket.socket, first_words: str) -> None:
    """Says the address once the application answers. Runs in a thread of its own, which starts no process."""
    deadline = time.monotonic() + HEALTHY_WITHIN
    while time.monotonic() < deadline:
        try:
            if is_healthy(listener):
                say(f"plunk answers at {url_of(listener)} (Ctrl-C stops it)")
                say(first_words)
                return
        except OSError:
            return  # closed: we are stopping
        time.sleep(0.1)


@contextmanager
def _homes(settings: Settings) -> Iterator[Home | None]:
    """The home folder, held; None if both servers are somewhere else. Raises `HomeInUse`."""
    if settings.database_url and settings.redis_url:
        yield None
        return
    home = Home(settings.home)
    home.take("up", stays=True, beside=None)
    with held(home):
        yield home


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
