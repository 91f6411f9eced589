"""Forked copies of a worker's process, which end with it."""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable

from plunk.db.base import db
from plunk.embedded.launch import PR_SET_PDEATHSIG, libc
from plunk.embedded.processes import DIE_WITH_PARENT

log = logging.getLogger(__name__)


class Pulse:
    """How long a copy has been busy with one thing, in memory that it shares with its parent."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    def begin(self) -> None:
        """Something begins."""
        struct.pack_into("d", self._memory, 0, time.monotonic())

    def rest(self) -> None:
        """It ended."""
        struct.pack_into("d", self._memory, 0, 0.0)

    def busy_for(self) -> float:
        """Seconds since the beginning; 0 between two things."""
        (began,) = struct.unpack_from("d", self._memory)
        return time.monotonic() - began if began else 0.0


class Copy:
    """A forked copy of this process, with the app context it was forked in. `work` is all it does.

    Fork with no session in use: the copy begins with connections of its own.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _live(parent, work)

    def ending(self) -> str | None:
        """How it ended: empty if well, None while it runs. Ask until it has ended, and not again."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with status {code}" if code else ""

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)


def begin_copy(parent: int) -> None:
    """What a forked copy does first: it ends with its parent (where the kernel offers that), and leaves the parent's
    connections alone."""
    if DIE_WITH_PARENT:
        libc("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    db.engine.dispose(close=False)


def _live(parent: int, work: Callable[[], None]) -> None:
    """Never returns: the code below the fork belongs to the parent."""
    status = 1
    try:
        begin_copy(parent)
        work()
        db.engine.dispose()
        status = 0
    except BaseException:
        log.exception("a copy of the worker failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
