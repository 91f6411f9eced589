"""Starts child processes that end with this one, even when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LAUNCHER = str(Path(__file__).with_name("launch.py"))

DIE_WITH_PARENT = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Identity:
    """Who a child is: `same` as this process, `namespace:UID` or `account:UID:GID`."""

    text: str = "same"

    @property
    def account(self) -> tuple[int, int] | None:
        """Uid and gid, when the child's files belong to another account than this process."""
        kind, *ids = self.text.split(":")
        return (int(ids[0]), int(ids[1])) if kind == "account" else None


SAME = Identity()


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int | None = None,
    keeps: Sequence[int] = (),
    dies_with: signal.Signals = signal.SIGTERM,
    identity: Identity = SAME,
) -> subprocess.Popen[bytes]:
    """Starts `command` (a full path first) in a session of its own: the terminal's Ctrl-C does not reach it.

    It gets the signal `dies_with` when the calling *thread* ends, so call this from one that lives as long as
    the child should. `output` takes both standard output and error, `keeps` are file descriptors it inherits.
    """
    return subprocess.Popen(
        launched(command, dies_with=dies_with, identity=identity),
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        pass_fds=keeps,
        start_new_session=True,
    )


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    identity: Identity = SAME,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Runs `command` to its end and returns what it printed."""
    return subprocess.run(
        launched(command, dies_with=signal.SIGKILL, identity=identity),
        env=env,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        start_new_session=True,
        check=False,
    )


def launched(command: Sequence[str | Path], *, dies_with: signal.Signals, identity: Identity) -> list[str]:
    """The command line that runs `command` by way of the launcher."""
    head = [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), str(int(dies_with)), identity.text]
    return [*head, *map(str, command)]


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(process: subprocess.Popen[bytes], first: signal.Signals, *, patience: float) -> None:
    """Asks the child to end, waits `patience` seconds, then kills its session."""
    if process.poll() is not None:
        return
    process.send_signal(first)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kills the child and what it started in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
