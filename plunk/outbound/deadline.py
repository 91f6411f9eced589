"""The one moment by which all steps of a request must be done."""

from __future__ import annotations

import time


class Deadline:
    """Counts down from the moment it is made."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began

    def left(self) -> float:
        """Seconds that remain, more than nought. Raises `TimeoutError` when there are none."""
        left = self._seconds - self.elapsed
        if left <= 0:
            raise TimeoutError("no time left")
        return left
