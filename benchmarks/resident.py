"""How much memory a piece of work needs: in a process of its own, which begins small."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MIB = 1024


def can_measure() -> bool:
    """Whether the system says what a process's memory was at its highest: Linux does."""
    return _STATUS.exists() and _CLEAR.exists()


class Taken(NamedTuple):
    """What a piece of work took: by how many MiB its process grew at most, how large it was then, and seconds."""

    grown: float
    highest: float
    seconds: float


def taken(work: Callable[..., Any], *given: Any) -> Taken:
    """Runs `work` and measures it.

    `work(*given)` runs in a new process: it is a function of a module, its arguments can be pickled. It answers with
    what is to be measured, a function without arguments: what it needs to get ready does not count.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, given))


def _measured(work: Callable[..., Callable[[], Any]], given: tuple[Any, ...]) -> Taken:
    ready = work(*given)
    _CLEAR.write_text("5")  # the highest point counts from here
    before = _kilobytes("VmRSS")
    began = time.perf_counter()
    ready()
    seconds = time.perf_counter() - began
    highest = _kilobytes("VmHWM")
    return Taken((highest - before) / MIB, highest / MIB, seconds)


def _kilobytes(name: str) -> int:
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
