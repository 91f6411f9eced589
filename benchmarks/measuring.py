"""Times several ways to the same answer, in turns, and keeps the medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any, Literal

FEWEST, MOST = 5, 41
BUDGET = 4.0
"""Seconds for one row: beyond the fewest runs, quick ones are repeated more often."""
WARM_UP = 2
"""Runs before the clock starts: pages of tables are then in memory, statements of SQLAlchemy in its cache."""
RATE = "req/s"


@dataclass(frozen=True)
class Row:
    """One line of the table. Times are medians in milliseconds, rates are requests a second, memory is in MiB.

    `statement` is our SQL sent as the floor's is: what it has over the floor is the plan, what `ours` has over it
    is Python. `judged_by` says what is held against the aim: ours to the floor, ours less the floor, or ours alone.
    Without an aim the row only tells.
    """

    group: str
    name: str
    unit: str
    floor: float | None
    ours: float
    ratio: float | None
    aim: float | None
    statement: float | None = None
    note: str = ""
    judged_by: Literal["ratio", "difference", "ours"] = "ratio"

    @property
    def figure(self) -> float | None:
        """What the aim is about."""
        if self.judged_by == "ours":
            return self.ours
        if self.judged_by == "difference":
            return self.ours - (self.floor or 0.0)
        return self.ratio

    @property
    def verdict(self) -> str:
        """`ok`; `python` where only what Python adds exceeds the aim; `miss`; nothing without an aim."""
        if self.aim is None or self.figure is None:
            return ""
        if (self.figure >= self.aim) if self.unit == RATE else (self.figure <= self.aim):
            return "ok"
        is_fixed_cost = (
            self.statement is not None and self.floor is not None and self.statement <= self.aim * self.floor
        )
        return "python" if is_fixed_cost else "miss"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Row:
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def in_turns(
    ways: Mapping[str, Callable[[], Any]],
    *,
    warm_up: int = WARM_UP,
    most: int = MOST,
    budget: float = BUDGET,
    before_each: Callable[[], Any] = lambda: None,
) -> dict[str, float]:
    """The median of each way's runs; see `runs_in_turns`."""
    runs = runs_in_turns(ways, warm_up=warm_up, most=most, budget=budget, before_each=before_each)
    return {name: median(each) for name, each in runs.items()}


def runs_in_turns(
    ways: Mapping[str, Callable[[], Any]],
    *,
    warm_up: int = WARM_UP,
    most: int = MOST,
    budget: float = BUDGET,
    before_each: Callable[[], Any] = lambda: None,
) -> dict[str, list[float]]:
    """What each run of each way took, in milliseconds.

    The ways take turns, and each turn begins with another: what one leaves behind, and what else the machine does,
    falls on all. `before_each` runs outside the clock.
    """
    for way in ways.values():
        for _ in range(warm_up):
            before_each()
            way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    began = time.monotonic()
    for turn in range(most):
        if turn >= FEWEST and time.monotonic() - began > budget:
            break
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            before_each()
            start = time.perf_counter()
            ways[name]()
            taken[name].append((time.perf_counter() - start) * 1000)
    return taken


def quickest_tenth(runs: Sequence[float]) -> float:
    """What a run takes at most when nobody else wants the machine: a tenth of them took no longer."""
    return sorted(runs)[len(runs) // 10]


def row(group: str, name: str, taken: Mapping[str, float], *, aim: float | None, note: str = "") -> Row:
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


def more(
    group: str, name: str, floor: float, ours: float, *, aim: float | None = None, note: str = ""
) -> Row:
    """A row that says how many milliseconds ours takes more than the same without."""
    return Row(
        group,
        name,
        "ms",
        floor=floor,
        ours=ours,
        ratio=ours / floor,
        aim=aim,
        note=note,
        judged_by="difference",
    )


def alone(
    group: str, name: str, ours: float, *, unit: str = "ms", aim: float | None = None, note: str = ""
) -> Row:
    """A row whose figure stands for itself: a delay, or a part of another row."""
    return Row(group, name, unit, floor=None, ours=ours, ratio=None, aim=aim, note=note, judged_by="ours")
