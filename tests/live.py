"""What tests start beside themselves: apps with other settings, crowds of threads, workers and web servers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import text

from plunk.config import Settings
from plunk.db.base import Base, db
from plunk.db.session import transaction
from plunk.jobs.queue import redis
from plunk.testing.apps import own_app

__all__ = ["at_once", "clear", "eventually", "own_app", "scheduler", "web_server", "work_off", "worker"]

Answer = TypeVar("Answer")
ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds for what takes one or two: other tests and other people share the machine."""


def at_once(actions: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Runs each in a thread of its own, all let go at the same moment; their answers in order."""
    start = Barrier(len(actions))

    def wait_and_run(action: Callable[[], Answer]) -> Answer:
        start.wait(PATIENCE)
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(wait_and_run, actions))


def eventually(question: Callable[[], Any], *, within: float = PATIENCE) -> Any:
    """Asks until the answer is true, and returns it; fails when that takes too long."""
    deadline = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not true within {within} s"
        time.sleep(0.02)
    return answer


def clear(app: Flask) -> None:
    """Empties the database and the queue of this process of the run."""
    with app.app_context():
        with transaction():
            tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
            db.session.execute(text(f"TRUNCATE {tables}"))
        redis().flushdb()


def work_off(settings: Settings) -> None:
    """Starts a real worker process, which ends when the queue is empty."""
    subprocess.run(
        [sys.executable, "-m", "plunk", "worker", "--burst"],
        env=_environment(settings),
        cwd=ROOT,
        timeout=2 * PATIENCE,
        check=True,
        capture_output=True,
    )


@contextmanager
def worker(settings: Settings, *lanes: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker, that works until the end of the block, in all lanes unless some are named."""
    with _program(settings, "worker", *(part for lane in lanes for part in ("--lane", lane))) as process:
        yield process


@contextmanager
def scheduler(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A real scheduler, until the end of the block."""
    with _program(settings, "scheduler") as process:
        yield process


@contextmanager
def _program(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "plunk", *arguments],
        env=_environment(settings),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


@contextmanager
def web_server(settings: Settings, log: Path) -> Iterator[int]:
    """Runs gunicorn as `plunk up` does, logging to `log`; yields its port on 127.0.0.1."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--threads", "4", "--no-control-socket", "--graceful-timeout", "2"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=_environment(settings), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            eventually(lambda: _listens(port))
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PLUNK_SECRET_KEY": settings.secret_key,
        "PLUNK_OUTBOUND_ALLOW": ",".join(map(str, settings.outbound_allow)),
        "PLUNK_HANDLER_SECONDS": str(settings.handler_seconds),
        "PLUNK_WEBHOOK_LEASE_SECONDS": str(settings.webhook_lease_seconds),
        "PLUNK_LOG_LEVEL": settings.log_level,
        "PLUNK_LOG_FORMAT": settings.log_format,
    }


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
