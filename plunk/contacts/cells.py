"""How a value stands in a cell of a CSV file, and how it is read back: one language for imports and exports.

A cell that is a number, `true` or `false`, a JSON object or a JSON list is that value; any other is text. Text that
would be taken for something else, by us or by a spreadsheet, is written with an apostrophe before it, the marker;
reading takes the marker off exactly where writing puts it. So every value comes back as it was, type included, and
an apostrophe that somebody else wrote (`'tis`) stays.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from plunk.config import settings
from plunk.contacts.data import RESERVED
from plunk.db.base import to_json
from plunk.errors import InvalidJson
from plunk.web.body import parse

MARKER = "'"

REST = "data.*"
"""The header of a column of JSON objects: each holds further keys of data, for those that have no column."""

_NUMBER = "-?(?:(?:0|[1-9][0-9]*)(?:[.][0-9]+)?|[1-9](?:[.][0-9]+)?e[+-][0-9]{2,3})"

MARKED_TEXT = (
    "'*(?:[=+@\t\r\n -]|0[0-9]|\\Z"
    f"|(?:{_NUMBER}|[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[{{].*[}}]|\\[.*\\])\\Z)"
)
"""Text that gets the marker: formulas of spreadsheets, what would be read as another type or as a code, blanks to begin
with, nothing at all; and these behind apostrophes, one of which would otherwise be taken for the marker.

Matched from the first character on, `.` being any character: Python (`DOTALL`) and PostgreSQL then read it alike. Most
text is told apart by its first character, and no text takes longer than in proportion to its length."""

MARKED_FIRST = "'=+@\t\r\n -0123456789tTfF{["
"""What such texts begin with, unless they are empty."""

_marked = re.compile(MARKED_TEXT, re.DOTALL).match
_number = re.compile(_NUMBER).fullmatch
_INTEGERS = 2**63
_LONGEST_INTEGER = len(str(-_INTEGERS))
_SURELY_INTEGER = 18
# A cell of a body, of its data, of a key: what deeper values could not have been written as.
_LEVELS_ABOVE = 2
_TRUTHS = {"true": True, "false": False}

# The first characters of all that is not simply text; most cells are.
_SPECIAL = frozenset("'-0123456789tTfF[{")
_NUL = "\x00"
_special_cell = re.compile(_NUL + "[" + re.escape("".join(sorted(_SPECIAL))) + _NUL + "]").search
_COLUMNS: list[tuple[Callable[[str], Any], Callable[[str], Any]]] = [
    (re.compile(f"{_NUL}(?:(?:0|-?[1-9][0-9]{{0,17}}+)?{_NUL})*+\\Z").match, int),
    (re.compile(f"{_NUL}(?:(?:-?(?:0|[1-9][0-9]{{0,14}}+)[.][0-9]++)?{_NUL})*+\\Z").match, float),
    (re.compile(f"{_NUL}(?:(?:[0-9]{{4}}-[0-9][^{_NUL}]*+)?{_NUL})*+\\Z").match, str),
]
_code_cell = re.compile(_NUL + "[0+][0-9]").search


def read_cell(cell: str) -> Any:
    """The value of a cell, never null; None for an empty one, which says nothing.

    Numbers are whole ones within ±(2^63 − 1), decimals with a point, and `1e+300` as Python and PostgreSQL write it;
    `12,50`, `1E5`, `+1` and longer digits are text. So are dates, and JSON that a body could not hold.
    """
    if not cell:
        return None
    first = cell[0]
    if first not in _SPECIAL:
        return cell
    if first in "123456789":
        # The common ones, without a look at the pattern.
        is_whole = cell.isdigit() and cell.isascii() and len(cell) <= _SURELY_INTEGER
        return int(cell) if is_whole else _numeric(cell)
    if first == MARKER:
        return read_text(cell)
    if first == "{" or first == "[":
        return _json(cell)
    if first in "tTfF":
        return _TRUTHS.get(cell.lower(), cell) if len(cell) < 6 else cell
    return _numeric(cell)


def read_text(cell: str) -> str:
    """What a cell says where it is known to be text: a key in the header, a column that holds codes."""
    return cell[1:] if cell[:1] == MARKER and _marked(cell, 1) else cell


def read_column(cells: Sequence[str], *, is_text: bool = False) -> list[Any]:
    """The values of many cells, as `read_cell` and, with `is_text`, `read_text` have them; empty ones are None.

    The cells hold no U+0000. Columns of one kind are seen as such at once, which is much quicker than cell by cell.
    """
    joined = _joined(cells)
    if not _special_cell(joined):
        return list(cells)
    if is_text:
        return [read_text(cell) if cell else None for cell in cells]
    for are_all, convert in _COLUMNS:
        if are_all(joined):
            return [convert(cell) if cell else None for cell in cells]
    return [cell if cell and cell[0] not in _SPECIAL else read_cell(cell) for cell in cells]


def holds_code(cell: str) -> bool:
    """Whether a cell looks like a code, whose zeros and signs mean something: `007`, `+42`, `0049 30 123`.

    Where any cell of a column does, the whole column is text. A cell with the marker is text by itself and says
    nothing of the others.
    """
    return _code_cell(_NUL + cell) is not None


def hold_code(cells: Sequence[str]) -> bool:
    """Whether any of the cells, which hold no U+0000, looks like a code."""
    return _code_cell(_joined(cells)) is not None


def write_cell(value: Any) -> str:
    """The cell that `read_cell` reads as this JSON value; empty for None. Numbers are finite, whole ones within
    ±(2^63 − 1), as bodies have them."""
    if isinstance(value, str):
        return write_text(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else to_json(value)


def write_text(text: str) -> str:
    """Text as a cell, with the marker where it needs it. The empty text is a marker alone."""
    return MARKER + text if _marked(text) else text


def write_header(key: str) -> str:
    """The header over the values of a key of data. A key that would be taken for a column of the contact itself
    (`E-Mail`), or that has outer blanks, gets the marker, too."""
    return MARKER + key if _marked(key) or _looks_own(key) or key != key.strip() else key


def read_header(cell: str) -> tuple[str, bool]:
    """`(name, is a key)`: what a header names; the second value says that it can only be a key of data. Outer blanks
    count only where they are marked."""
    if cell[:1] == MARKER and write_header(cell[1:]) == cell:
        return cell[1:], True
    return cell.strip(), False


def loosely(header: str) -> str:
    """A header as it is compared with the columns of a contact: `E-MAIL`, `e mail` and `email` are one."""
    return re.sub(r"[\s_-]+", "", header).casefold()


_OWN_COLUMNS = frozenset(map(loosely, [*RESERVED, REST]))


def _looks_own(header: str) -> bool:
    """Behind apostrophes, too: one of them would otherwise be taken for the marker."""
    return loosely(header.lstrip(MARKER)) in _OWN_COLUMNS


def _joined(cells: Sequence[str]) -> str:
    """One search through all cells is quicker than one for each."""
    return _NUL + _NUL.join(cells) + _NUL


def _numeric(cell: str) -> Any:
    found = _number(cell)
    if found is None:
        return cell
    if "." not in cell and "e" not in cell:
        # The length is looked at first: turning thousands of digits into a number takes quadratic time.
        if len(cell) > _LONGEST_INTEGER or not -_INTEGERS < (whole := int(cell)) < _INTEGERS:
            return cell
        return whole
    value = float(cell)
    if not math.isfinite(value) or (abs(value) >= _INTEGERS and "e" not in cell):
        return cell
    return value


def _json(cell: str) -> Any:
    try:
        return parse(cell.encode(), max_depth=settings().max_json_depth - _LEVELS_ABOVE, integer=_whole)
    except (InvalidJson, UnicodeEncodeError):
        return cell


def _whole(text: str) -> int | float:
    """A whole number in JSON. The database writes large floats out in full: what is exactly one is read as one."""
    if len(text) <= _LONGEST_INTEGER and abs(whole := int(text)) < _INTEGERS:
        return whole
    value = float(text)
    if not math.isfinite(value) or Decimal(repr(value)) != Decimal(text):
        raise InvalidJson("The integer is outside ±(2^63 − 1)")
    return value
