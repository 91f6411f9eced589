"""What tracked rules add to a write: the same upsert in projects with none, 20 and 100 of them, in turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.crowds import Crowd, crowd
from benchmarks.measuring import Row, more, quickest_tenth, runs_in_turns
from benchmarks.stage import Stage

AIMS = {20: 0.5, 100: 1.5}
PEOPLE = 1_000
WRITES, SECONDS = 1_001, 40.0
WARM_UP = 10


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """Milliseconds that one write takes more where none of the rules flips, and where each one does."""
    with ExitStack() as until_the_end:

        def make(rules: int, *, flips: bool) -> Crowd:
            return until_the_end.enter_context(crowd(stage, rules, flips=flips, people=PEOPLE))

        crowds = {"none": make(0, flips=False)}
        crowds |= {f"{rules} stay": make(rules, flips=False) for rules in AIMS}
        crowds |= {f"{rules} flip": make(rules, flips=True) for rules in AIMS}
        writes = {name: each.write_one for name, each in crowds.items()}
        runs = runs_in_turns(writes, warm_up=WARM_UP, most=WRITES, budget=SECONDS)
        for each in crowds.values():
            each.check()
        for rules, aim in AIMS.items():
            yield _row(f"one write, {rules} concerned rules, none flips", runs, f"{rules} stay", aim=aim)
        for rules in AIMS:
            yield _row(f"one write, {rules} concerned rules, all flip", runs, f"{rules} flip", aim=None)


def _row(name: str, runs: Mapping[str, Sequence[float]], which: str, *, aim: float | None) -> Row:
    without, ours = runs["none"], runs[which]
    least = quickest_tenth(ours) - quickest_tenth(without)
    note = f"{len(ours):,} writes; the quickest tenth of both: +{least:.2f} ms"
    return more("change", name, median(without), median(ours), aim=aim, note=note)
