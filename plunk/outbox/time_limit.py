"""A time limit for code of others, in the main thread."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType

AGAIN_SECONDS = 1.0


class TookTooLong(BaseException):
    """The time is over. Not an Exception: whoever catches everything that goes wrong does not mean this."""


class TimeLimit:
    """`with TimeLimit(seconds) as limit:` raises TookTooLong in the block when its time is over.

    And again each second, should somebody catch even that; at the latest it is raised at the end. `is_over` tells
    afterwards. What was interrupted may have been anything: trust nothing that the block had its hands on. An alarm
    that was set before rings when it would have.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.is_over = False

    def __enter__(self) -> TimeLimit:
        self._began = time.monotonic()
        self._handler = signal.signal(signal.SIGALRM, self._ring)
        self._alarm, _ = signal.setitimer(signal.ITIMER_REAL, self._seconds, AGAIN_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        if self._alarm:
            remaining = self._alarm - (time.monotonic() - self._began)
            signal.setitimer(signal.ITIMER_REAL, max(remaining, 0.001))
        if self.is_over and not isinstance(problem, TookTooLong):
            raise TookTooLong from problem

    def _ring(self, signum: int, frame: FrameType | None) -> None:
        self.is_over = True
        raise TookTooLong
