"""A real web server, as `plunk up` starts it, on the database and the queue of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk.cli.listener import is_healthy, listening, url_of
from plunk.config import Settings
from tests.embedded.programs import eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def live_url(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of gunicorn with two workers; its output is shown if it does not answer."""
    log = tmp_path_factory.mktemp("web") / "gunicorn.log"
    with listening("127.0.0.1", 0) as listener, log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "plunk.app:create_app()"),
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


def environment(settings: Settings) -> dict[str, str]:
    """For a process of plunk's: warnings are errors for the tests, not for what they start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    return {
        **kept,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PLUNK_LOG_LEVEL": "warning",
    }
