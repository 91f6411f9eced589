"""Runs pieces of plunk as processes of their own, so that they can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Warnings are errors for the tests, not for what they start.
_DROPPED = ("DATABASE_URL", "REDIS_URL", "PLUNK_HOME", "PORT", "HOST", "PYTHONWARNINGS")


@contextmanager
def program(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments; killed at the end if it still runs."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    path = os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def line_with(process: subprocess.Popen[str], text: str) -> str:
    """Reads on until a line holds `text`. The test's own time limit is the process ending."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return line.rstrip("\n")
    raise AssertionError(f"{text!r} never came; this did:\n{''.join(seen)}")


def eventually(holds: Callable[[], bool], *, within: float = 15.0) -> None:
    """Fails unless `holds()` becomes true in time."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not collected yet does not."""
    stat = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(stat.stdout.strip()) and not stat.stdout.strip().startswith("Z")
