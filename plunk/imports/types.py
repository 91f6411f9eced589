"""Cells of a column whose type the mapping fixes: each becomes that type, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plunk.contacts.cells import read_cell, read_text
from plunk.contacts.data import read
from plunk.filters.values import instant

WORDS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
"""What people write for true and false."""


def truth(cell: str) -> bool:
    """Raises ValueError."""
    found = WORDS.get(cell.strip().lower())
    if found is None:
        raise ValueError(f"{_short(cell)} is neither true nor false")
    return found


def _number(cell: str) -> Any:
    value = read_cell(cell.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{_short(cell)} is not a number")
    return value


def _date(cell: str) -> str:
    text = cell.strip()
    if instant(text) is None:
        raise ValueError(f"{_short(cell)} is no ISO date such as 2026-11-27 or 2026-11-27T10:00:00Z")
    return text


def _list(cell: str) -> Any:
    value = read_cell(cell)
    if isinstance(value, list):
        return value
    return [part for each in read_text(cell).split(",") if (part := each.strip())]


def _object(cell: str) -> Any:
    value = read_cell(cell)
    if not isinstance(value, dict):
        raise ValueError(f"{_short(cell)} is no JSON object")
    return value


def further_data(cell: str) -> dict[str, Any]:
    """What a contact keeps of a JSON object of data. Raises ValueError."""
    wanted, problems = read(_object(cell))
    if problems:
        raise ValueError("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
    return wanted.keep


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 60 else f"{cell[:60]}…")


TYPES: dict[str, Callable[[str], Any]] = {
    "string": read_text,
    "number": _number,
    "boolean": truth,
    "date": _date,
    "list": _list,
    "object": _object,
}
