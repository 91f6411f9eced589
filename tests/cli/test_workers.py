"""`plunk worker`: a process for each lane, which come and go together."""

from __future__ import annotations

import os
import signal

import pytest

from plunk.config import Settings
from tests.embedded.programs import eventually, is_running, line_with, processes, program


def lanes_of(pid: int) -> dict[str, int]:
    """The process of each lane, by its command line."""
    return {
        command.split()[-1]: child
        for child, parent, command in processes()
        if parent == pid and "--lane" in command
    }


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PLUNK_SECRET_KEY": settings.secret_key,
    }


def test_a_worker_has_a_process_for_each_lane_and_stops_them_all(environment: dict[str, str]) -> None:
    with program("-m", "plunk", "worker", **environment) as worker:
        eventually(lambda: len(lanes_of(worker.pid)) == 3)
        lanes = lanes_of(worker.pid)
        assert set(lanes) == {"facts", "webhooks", "bulk"}
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        assert not any(map(is_running, lanes.values()))


def test_a_lane_that_is_killed_is_started_again(environment: dict[str, str]) -> None:
    with program("-m", "plunk", "worker", "--lane", "facts", "--lane", "bulk", **environment) as worker:
        eventually(lambda: len(lanes_of(worker.pid)) == 2)
        killed = lanes_of(worker.pid)["facts"]
        os.kill(killed, signal.SIGKILL)
        line_with(worker, "facts worker was ended by SIGKILL; starting it again")
        eventually(lambda: lanes_of(worker.pid).get("facts", killed) != killed)


def test_a_killed_worker_takes_its_lanes_along(environment: dict[str, str]) -> None:
    with program("-m", "plunk", "worker", **environment) as worker:
        eventually(lambda: len(lanes_of(worker.pid)) == 3)
        lanes = lanes_of(worker.pid)
        worker.kill()
        worker.wait()
        eventually(lambda: not any(map(is_running, lanes.values())))


def test_a_worker_that_cannot_start_says_so_and_ends(environment: dict[str, str]) -> None:
    with program("-m", "plunk", "worker", **environment | {"PLUNK_HANDLER_SECONDS": "soon"}) as worker:
        line_with(worker, "Error: PLUNK_HANDLER_SECONDS: 'soon' is not a whole number")
        assert worker.wait(60) == 1
