"""By what the cells of a file are separated."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from plunk.contacts.cells import loosely

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_LOOKED_AT = 20
_SAID = re.compile(r"sep=([^\r\n])\r?\n")


def delimiter_of(sample: str) -> str:
    """The delimiter with which the beginning of a file makes sense: one of its columns is the e-mail address, and its
    rows are as wide as its header. A comma where nothing speaks for another."""
    if said := _SAID.match(sample):
        return said[1]
    return max(DELIMITERS.values(), key=lambda each: _sense(sample, each))


def said_length(sample: str) -> int:
    """How many characters of the file only name the delimiter: `sep=;` and a line end, for spreadsheets."""
    said = _SAID.match(sample)
    return said.end() if said else 0


def parse(text: str) -> str | None:
    """The delimiter that a sender names: by its word, as `\\t`, or itself; None for what cannot be one."""
    found = DELIMITERS.get(text.strip().lower()) or {"\\t": "\t"}.get(text, text)
    is_usable = len(found) == 1 and not found.isalnum() and found not in "\"'@\r\n\0._-+\ufeff"
    return found if is_usable else None


def _sense(sample: str, delimiter: str) -> tuple[bool, float, int]:
    try:
        rows = list(islice(csv.reader(io.StringIO(sample), delimiter=delimiter), _LOOKED_AT + 1))
    except csv.Error:
        return (False, 0.0, 0)
    header, *others = [row for row in rows if row] or [[]]
    if len(others) == _LOOKED_AT:
        others.pop()  # The sample may end within it.
    has_email = any(loosely(name) == "email" for name in header)
    alike = sum(len(row) == len(header) for row in others)
    return (has_email, alike / len(others) if others and len(header) > 1 else 0.0, len(header))
