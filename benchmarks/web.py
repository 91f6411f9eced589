"""Web processes as `plunk up` runs them, for our app and for the bare one it is compared with."""

from __future__ import annotations

import http.client
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from benchmarks.processes import environment
from benchmarks.stage import Stage
from plunk.embedded.processes import end, spawn

OURS = "plunk.serving:application()"
FLOOR = "benchmarks.floor_app:app"
READY_WITHIN = 60.0


@contextmanager
def serving(stage: Stage, app: str) -> Iterator[int]:
    """gunicorn with the workers and threads of `plunk up`; yields its port on the loopback address."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        port = listener.getsockname()[1]
        log = stage.settings.home / "log" / "benchmark-web.log"
        with log.open("wb") as output:
            process = spawn(
                [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}",
                 "--worker-class", "gthread", "--workers", str(stage.settings.web_workers),
                 "--threads", str(stage.settings.web_threads), "--log-level", "warning",
                 "--no-control-socket", app],
                env=environment(stage),
                output=output,
                keeps=(listener.fileno(),),
            )  # fmt: skip
        try:
            _wait_until_healthy(port, log=str(log))
            yield port
        finally:
            end(process, signal.SIGTERM, patience=15.0)


def _wait_until_healthy(port: int, *, log: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise click.ClickException(f"A web process does not answer. See {log}.")
