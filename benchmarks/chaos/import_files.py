"""Files to import at once and in any order, and what must come of them whatever the order was."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BAD, TWICE = 0.02, 0.03
PADDING = "x" * 1_200
"""In a column that is left out: a file of 5,000 rows then takes more than one batch."""


@dataclass(frozen=True)
class File:
    """One file. `wanted` has the number that it gives each address under `key`, a key of its own; the column `shared`
    is in all files, and whoever comes last has the word. `bad` are the lines of rows that must be rejected."""

    key: str
    content: bytes
    rows: int
    wanted: Mapping[str, int]
    shared: Mapping[str, int]
    bad: frozenset[int]
    segment: str = ""

    @property
    def skipped(self) -> int:
        return self.rows - len(self.wanted) - len(self.bad)


@dataclass
class _Making:
    lines: list[str] = field(default_factory=list)
    wanted: dict[str, int] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)

    def add(self, address: str, number: int, shared: int, *, is_bad: bool) -> None:
        line = len(self.lines) + 2
        more = ",too,many" if is_bad and number % 2 else ""
        written = address.replace("@", "") if is_bad and not more else address
        self.lines.append(f"{written},{number},{shared},{PADDING}{more}")
        if is_bad:
            self.bad.add(line)
        else:
            self.wanted[address], self.shared[address] = number, shared

    def file(self, key: str, segment: str) -> File:
        text = f"email,{key},shared,padding\n" + "\n".join(self.lines) + "\n"
        return File(
            key,
            text.encode(),
            len(self.lines),
            self.wanted,
            self.shared,
            frozenset(self.bad),
            segment,
        )


def mixed(number: int, rows: int, people: Sequence[str], dice: random.Random, *, segment: str) -> File:
    """Rows of every kind about some of these people."""
    making = _Making()
    some = dice.sample(people, min(rows, len(people)))
    for place in range(rows):
        again = place and dice.random() < TWICE
        address = dice.choice(some[:place]) if again else some[place % len(some)]
        making.add(address, place, dice.randrange(100), is_bad=dice.random() < BAD)
    return making.file(f"i{number}", segment)


def opposite(number: int, people: Sequence[str]) -> tuple[File, File]:
    """The same people from the first to the last, and from the last to the first."""
    both = _Making(), _Making()
    for making, order in zip(both, (people, people[::-1]), strict=True):
        for place, address in enumerate(order):
            making.add(address, place, place % 100, is_bad=False)
    return both[0].file(f"f{number}", ""), both[1].file(f"b{number}", "")
