"""Runs pieces of plunk as processes of their own, so that they can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Warnings are errors for the tests, not for what they start.
_DROPPED = ("DATABASE_URL", "REDIS_URL", "PLUNK_HOME", "PORT", "HOST", "PYTHONWARNINGS")


@contextmanager
def program(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments; killed at the end if it still runs, and after 300 s whatever happens."""
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
    limit = threading.Timer(300, process.kill)
    limit.start()
    try:
        yield process
    finally:
        limit.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def line_with(process: subprocess.Popen[str], text: str) -> str:
    """Reads on until a line holds `text`. The time limit is the program's own."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return line.rstrip("\n")
    raise AssertionError(f"{text!r} never came; this did:\n{''.join(seen)}")


def eventually(holds: Callable[[], bool], *, within: float = 60.0) -> None:
    """Fails unless `holds()` becomes true in time."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not collected yet does not."""
    return pid in {found for found, _, _ in processes()}


def processes() -> Iterator[tuple[int, int, str]]:
    """Id, parent's id and command line of all that run. Slim systems have no `ps`, others no `/proc`."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True
        )
        for line in listed.stdout.splitlines():
            pid, parent, state, command = line.split(None, 3)
            if not state.startswith("Z"):
                yield int(pid), int(parent), command
        return
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if state not in "ZX":
            yield int(folder.name), int(parent), command
