"""A thousand contacts changed in one transaction, without rules and under a hundred that all are concerned."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.crowds import Crowd, crowd
from benchmarks.measuring import FEWEST, Row, alone, in_turns, more
from benchmarks.stage import Stage
from plunk.contacts.upsert import Written
from plunk.db.base import db
from plunk.segments import states
from plunk.segments.judging import Judge

AIM = 150.0
PEOPLE, RULES, RULES_THAT_FLIP = 1_000, 100, 20
WARM_UP, MOST, SECONDS = 1, 15, 60.0


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """What the rules add, which parts of it are reading and judging, and what it costs when rules flip."""
    with (
        crowd(stage, 0, flips=False, people=PEOPLE) as none,
        crowd(stage, RULES, flips=False, people=PEOPLE) as stay,
        crowd(stage, RULES_THAT_FLIP, flips=True, people=PEOPLE) as flip,
    ):
        ways = {"none": none.write_all, "stay": stay.write_all, "flip": flip.write_all}
        taken = in_turns(ways, warm_up=WARM_UP, most=MOST, budget=SECONDS)
        what = f"{PEOPLE:,} contacts × {RULES} rules"
        yield more("batch", f"{what}, none flips", taken["none"], taken["stay"])
        written = stay.write_all()
        parts = [_parts(stay, written) for _ in range(2 * FEWEST)]
        yield alone("batch", f"{what}: reading the contacts", median(reading for reading, _ in parts))
        judging = median(judging for _, judging in parts)
        yield alone("batch", f"{what}: judging, in Python", judging, aim=AIM)
        what = f"{PEOPLE:,} contacts × {RULES_THAT_FLIP} rules, all flip"
        yield more("batch", what, taken["none"], taken["flip"])
        for each in (none, stay, flip):
            each.check()


def _parts(crowd: Crowd, written: Sequence[Written]) -> tuple[float, float]:
    """Milliseconds of the engine's two great parts, done once more after a write."""
    book = crowd.book()
    events = {name for rule in book.rules for name in rule.reads.events}
    rows = {name for rule in book.rules for name in rule.reads.event_rows}
    changes = [crowd.change_of(each) for each in written]
    start = time.perf_counter()
    found = states.read(
        crowd.project_id, [each.contact_id for each in changes], events=events, event_rows=rows
    )
    read = time.perf_counter()
    judge = Judge(book, found.now)
    for change in changes:
        judge.judge(found.by_id[change.contact_id], book.concerned_by(change))
    judged = time.perf_counter()
    db.session.remove()
    return (read - start) * 1000, (judged - read) * 1000
