"""The rows of a CSV file, some at a time, from any place on, however large the file is."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

UNCLOSED = "A quote is opened here and never closed"
TOO_LONG = "A cell of it is far too long"
HOLDS_NUL = "It holds the character U+0000"
MOST_TROUBLES = 1_000
_LONGEST_FIELD = 1024 * 1024
"""Characters in one cell. Beyond it a quote is taken for one that nobody closed; cells may hold far less."""

_LONGEST_LINE = 8 * 1024 * 1024


class Source(Protocol):
    """A file in UTF-8."""

    def read(self, place: int) -> bytes:
        """Some bytes from that place on, a MiB or so; empty at the end."""


class FileSource:
    """A file at hand."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, place: int) -> bytes:
        self._file.seek(place)
        return self._file.read(1024 * 1024)


@dataclass
class Slice:
    """Some rows, blank ones left out: their cells, and the line on which each begins (the first of a file is 1).

    `problems` says of rows that cannot be read why, by their place in the slice. `place` and `line` are where the file
    goes on behind them; `longest` is the size of the largest row in bytes.
    """

    rows: list[list[str]] = field(default_factory=list)
    lines: Sequence[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    place: int = 0
    line: int = 1
    longest: int = 0


class TooManyTroubles(Exception):
    """The quotes of this file make no sense."""


class Reader:
    """Reads rows in slices. `place` and `line` are where the next one begins: another reader can go on there.

    Reading is lenient, as spreadsheets are: a quote in the middle of a cell is itself. Where one is never closed, its
    line is a row of its own that cannot be read, and the next line is read afresh.
    """

    def __init__(self, source: Source, delimiter: str, *, place: int = 0, line: int = 1) -> None:
        csv.field_size_limit(_LONGEST_FIELD)
        self.place = place
        self.line = line
        self._source = source
        self._delimiter = delimiter
        self._troubles = 0

    def slices(self, most: int, *, bytes_at_most: int = 2 * 1024 * 1024) -> Iterator[Slice]:
        """All rows from here on, up to `most` in a slice."""
        lines = _Lines(self._source, self.place, self.line)
        while True:
            some = lines.take(most, bytes_at_most)
            if not some:
                return
            longest = max(map(len, some))
            if longest > _LONGEST_FIELD or any(b'"' in line for line in some):
                lines.give_back(some)
                found = self._carefully(lines, most, bytes_at_most)
                lines = _Lines(self._source, self.place, self.line)
            else:
                found = self._simply(some, lines, longest)
            if found.rows:
                yield found

    def _simply(self, some: list[bytes], lines: _Lines, longest: int) -> Slice:
        """Where there is no quote each line is a row."""
        first = self.line
        rows = list(csv.reader([line.decode() for line in some], delimiter=self._delimiter))
        self.place, self.line = lines.place, lines.line
        numbers: Sequence[int] = range(first, self.line)
        if [] in rows:
            numbers = [number for number, row in zip(numbers, rows, strict=True) if row]
            rows = [row for row in rows if row]
        found = Slice(rows, numbers, place=self.place, line=self.line, longest=longest)
        if lines.may_hold_nul:
            _find_nul(found)
        return found

    def _carefully(self, lines: _Lines, most: int, bytes_at_most: int) -> Slice:
        """Row by row: each may go over several lines."""
        begin = self.place
        found = Slice()
        numbers: list[int] = []
        rows = csv.reader(lines.decoded(), delimiter=self._delimiter)
        while len(found.rows) < most and self.place - begin < bytes_at_most:
            line = self.line
            try:
                cells = next(rows)
                is_broken = lines.is_over
            except StopIteration:
                break
            except csv.Error:
                is_broken = True
            if is_broken:
                cells = self._skip_line()
                found.problems[len(found.rows)] = UNCLOSED if '"' in cells[0] else TOO_LONG
                lines = _Lines(self._source, self.place, self.line)
                rows = csv.reader(lines.decoded(), delimiter=self._delimiter)
            else:
                found.longest = max(found.longest, lines.place - self.place)
                self.place, self.line = lines.place, lines.line
            if cells:
                found.rows.append(cells)
                numbers.append(line)
        found.lines, found.place, found.line = numbers, self.place, self.line
        if lines.may_hold_nul:
            _find_nul(found)
        return found

    def _skip_line(self) -> list[str]:
        self._troubles += 1
        if self._troubles > MOST_TROUBLES:
            raise TooManyTroubles
        lines = _Lines(self._source, self.place, self.line)
        text = next(lines.decoded())
        self.place, self.line = lines.place, lines.line
        return [text.rstrip("\r\n")]


def _find_nul(found: Slice) -> None:
    for index, row in enumerate(found.rows):
        if any("\0" in cell for cell in row):
            found.problems.setdefault(index, HOLDS_NUL)


class _Lines:
    """The lines of a file, with their ends. `place` and `line` are behind the last one that was handed out."""

    def __init__(self, source: Source, place: int, line: int) -> None:
        self.place = place
        self.line = line
        self.is_over = False
        self.may_hold_nul = False
        self._source = source
        self._ready: list[bytes] = []
        self._next = 0
        self._read_place = place
        self._rest = b""

    def take(self, most: int, bytes_at_most: int) -> list[bytes]:
        """Up to `most` lines and about so many bytes; none at the end of the file."""
        some: list[bytes] = []
        size = 0
        while len(some) < most and size < bytes_at_most:
            if self._next >= len(self._ready):
                if not self._read():
                    break
                continue
            more = self._ready[self._next : self._next + most - len(some)]
            size += sum(map(len, more))
            some += more
            self._next += len(more)
        self.place += size
        self.line += len(some)
        return some

    def give_back(self, some: list[bytes]) -> None:
        """The lines that were taken last."""
        self._ready, self._next = some + self._ready[self._next :], 0
        self.place -= sum(map(len, some))
        self.line -= len(some)

    def decoded(self) -> Iterator[str]:
        """Line after line, as text."""
        while True:
            while self._next < len(self._ready):
                line = self._ready[self._next]
                self._next += 1
                self.place += len(line)
                self.line += 1
                yield line.decode()
            if not self._read():
                self.is_over = True
                return

    def _read(self) -> bool:
        """Gets another block; false at the end of the file."""
        block = self._source.read(self._read_place)
        if not block and not self._rest:
            return False
        self._read_place += len(block)
        self.may_hold_nul = self.may_hold_nul or b"\0" in block
        self._ready, self._next = (self._rest + block).splitlines(keepends=True), 0
        self._rest = b""
        if block:
            # It may go on in the next block; a \r at the very end may be half of a line's end.
            self._rest = self._ready.pop()
            if len(self._rest) > _LONGEST_LINE:
                # No list of contacts: the memory it takes is bounded, what its rows are is not our care.
                end = _character_end(self._rest)
                self._ready.append(self._rest[:end])
                self._rest = self._rest[end:]
        return True


def _character_end(text: bytes) -> int:
    """Where the last whole character of UTF-8 ends at the latest."""
    end = len(text)
    while end and text[end - 1] & 0xC0 == 0x80:
        end -= 1
    return end - 1
