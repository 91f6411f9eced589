"""The processes of plunk beside a test: web server, workers of all lanes, scheduler."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from plunk.cli.listener import is_healthy, listening, url_of
from plunk.config import Settings
from plunk.embedded.processes import end, spawn
from tests.embedded.programs import ROOT, eventually


@contextmanager
def web(settings: Settings, log: Path) -> Iterator[str]:
    """The address of gunicorn with two workers; its output is shown if it does not answer."""
    with listening("127.0.0.1", 0) as listener, log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "plunk.serving:application()"),
                *("--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            ],
            cwd=ROOT,
            env=environment(settings),
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            eventually(lambda: server.poll() is not None or is_healthy(listener), within=60.0)
            assert server.poll() is None, log.read_text()
            yield url_of(listener)
        finally:
            server.terminate()
            server.wait(timeout=20)


@contextmanager
def workers_and_scheduler(settings: Settings, folder: Path) -> Iterator[None]:
    """As `plunk up` has them; what they say goes into files in the folder."""
    with ExitStack() as stack:
        for name in ("worker", "scheduler"):
            stack.enter_context(_plunk(name, settings, folder / f"{name}.log"))
        yield


@contextmanager
def _plunk(command: str, settings: Settings, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = spawn(
            [sys.executable, "-m", "plunk", command], env=environment(settings), cwd=ROOT, output=output
        )
        try:
            yield
        finally:
            end(process, signal.SIGTERM, patience=30.0)


def environment(settings: Settings) -> dict[str, str]:
    """For a process of plunk's: warnings are errors for the tests, not for what they start. Webhooks may reach this
    machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    return {
        **kept,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PLUNK_SECRET_KEY": settings.secret_key,
        "PLUNK_OUTBOUND_ALLOW": "127.0.0.0/8",
        "PLUNK_LOG_LEVEL": "warning",
    }
