"""A small memory of what this process has already done, bounded in time and size."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

CATALOGUED_SECONDS = 2.0
"""How long a process remembers that a field or an event name is catalogued. Who takes one out of a catalogue waits
that long before the last look, so that no process skips a name because it remembers it."""


class Remembered(Generic[Key]):
    """Keys that were added within the last `seconds`; all are forgotten when there are more than `most`."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._until: dict[Key, float] = {}
        self._lock = threading.Lock()

    def __contains__(self, key: Key) -> bool:
        return self._until.get(key, 0.0) > time.monotonic()

    def add(self, keys: Iterable[Key]) -> None:
        until = time.monotonic() + self._seconds
        with self._lock:
            if len(self._until) > self._most:
                self._until.clear()
            self._until.update((key, until) for key in keys)
