"""Times two ways to the same answer, in turns, and keeps the medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

FEWEST, MOST = 5, 41
BUDGET = 4.0
"""Seconds for one row: beyond the fewest runs, quick ones are repeated more often."""
WARM_UP = 2
"""Runs before the clock starts: pages of tables are then in memory, statements of SQLAlchemy in its cache."""


@dataclass(frozen=True)
class Row:
    """One line of the table. Times are medians in milliseconds, rates are requests a second.

    `statement` is our SQL sent as the floor's is: what it has over the floor is the plan, what `ours` has over it
    is Python. `ratio` is ours to the floor.
    """

    group: str
    name: str
    unit: str
    floor: float
    ours: float
    ratio: float
    aim: float
    statement: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`ok`; `python` where only what Python adds exceeds the aim; `miss`."""
        if (self.ratio >= self.aim) if self.unit == "req/s" else (self.ratio <= self.aim):
            return "ok"
        is_fixed_cost = self.statement is not None and self.statement <= self.aim * self.floor
        return "python" if is_fixed_cost else "miss"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict}


def in_turns(
    ways: Mapping[str, Callable[[], Any]], *, warm_up: int = WARM_UP, most: int = MOST
) -> dict[str, float]:
    """The median of each way's runs in milliseconds, the ways taking turns."""
    for way in ways.values():
        for _ in range(warm_up):
            way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    began = time.monotonic()
    for turn in range(most):
        if turn >= FEWEST and time.monotonic() - began > BUDGET:
            break
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append((time.perf_counter() - start) * 1000)
    return {name: median(runs) for name, runs in taken.items()}


def row(group: str, name: str, taken: Mapping[str, float], *, aim: float, note: str = "") -> Row:
    """A row of times: `taken` has `floor`, `ours` and perhaps `statement`."""
    return Row(
        group,
        name,
        "ms",
        floor=taken["floor"],
        ours=taken["ours"],
        ratio=taken["ours"] / taken["floor"],
        aim=aim,
        statement=taken.get("statement"),
        note=note,
    )
