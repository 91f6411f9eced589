"""The first look at a whole file: which columns hold codes, and which rows another of the same address replaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plunk.imports.layout import Layout
from plunk.imports.reading import Reader
from plunk.imports.rows import Checker, columns_with_codes

_AT_ONCE = 2_000
_SHORTEST_ROW = 16
_MOST_BITS = 2**29
_LEAST_BITS = 2**16


@dataclass(frozen=True)
class Scan:
    """`rows` counts all rows, `text_columns` are those whose cells must stay text, `latest` holds the number of the
    last row of each address that occurs more than once, by the address's hash in this process."""

    rows: int
    text_columns: frozenset[int]
    latest: dict[int, int]

    def is_replaced(self, address: str, number: int) -> bool:
        """Whether a later row of this address wins."""
        return self.latest.get(hash(address), number) != number


def scan(reader: Reader, layout: Layout, *, size: int, tick: Callable[[], object]) -> Scan:
    """Reads all rows. `size` is the file's in bytes; `tick` is called now and then and may end it by raising.

    Memory is bounded: addresses are bits in a field; only those whose bit was set already are remembered one by one.
    A bit that two addresses share costs an entry and no more.
    """
    checker = Checker(layout)
    seen = _Bits(size)
    latest: dict[int, int] = {}
    undecided = [place for place, column in layout.data if column.type is None]
    text_columns: set[int] = set()
    number = 0
    for some in reader.slices(_AT_ONCE):
        addresses, reasons = checker.judge(some)
        for address in addresses:
            number += 1
            if address and seen.add(mark := hash(address)):
                latest[mark] = number
        good = (
            some.rows if not reasons else [row for place, row in enumerate(some.rows) if place not in reasons]
        )
        text_columns |= columns_with_codes(good, undecided)
        undecided = [place for place in undecided if place not in text_columns]
        tick()
    return Scan(number, frozenset(text_columns), latest)


class _Bits:
    """A field of bits, large enough that in any file few addresses share one."""

    def __init__(self, size: int) -> None:
        bits = _LEAST_BITS
        while bits < _MOST_BITS and bits < size // _SHORTEST_ROW * 16:
            bits *= 2
        self._bits = bytearray(bits // 8)
        self._mask = bits - 1

    def add(self, mark: int) -> bool:
        """Whether its bit was set already."""
        place = mark & self._mask
        bit = 1 << (place & 7)
        was = self._bits[place >> 3] & bit
        self._bits[place >> 3] |= bit
        return bool(was)
