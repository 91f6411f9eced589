"""From the cells of rows to what contacts get, or to why a row cannot be imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from uuid_utils import uuid7

from plunk.config import settings
from plunk.contacts.cells import MARKER, REST, hold_code, read_cell, read_column, read_text, write_cell
from plunk.contacts.data import limits, type_of
from plunk.contacts.emails import normalise_many
from plunk.contacts.languages import LANGUAGES
from plunk.contacts.merging import Row
from plunk.imports.layout import Column, Layout
from plunk.imports.reading import Slice
from plunk.imports.types import TYPES, further_data, truth

_LARGE_ROW = 8 * 1024
"""Characters below which a row cannot hold too much data."""


class Checker:
    """Judges rows: both passes over a file must find the same."""

    def __init__(self, layout: Layout) -> None:
        self._width = len(layout.columns)
        self._email = layout.email
        self._data = layout.data
        self._checks: list[tuple[int, str, Callable[[str], Any]]] = [
            (place, column.name, TYPES[column.type])
            for place, column in layout.data
            if column.type is not None and column.type != "string"
        ]
        self._checks += [
            (place, "locale", _language) for place, column in layout.data if column.key == "locale"
        ]
        if layout.subscribed is not None:
            self._checks.append((layout.subscribed, "subscribed", truth))
        if layout.rest is not None:
            self._checks.append((layout.rest, REST, further_data))
        self._max_cell = settings().max_cell_bytes

    def judge(self, some: Slice) -> tuple[list[str], dict[int, str]]:
        """`(addresses, reasons)`: the normalised address of each row, and why rows cannot be imported, by place (their
        addresses are empty). Missing cells at the end of rows are filled in."""
        reasons = dict(some.problems)
        rows = some.rows
        if set(map(len, rows)) != {self._width}:
            self._even_out(rows, reasons)
        addresses = self._addresses(rows, reasons)
        for place, name, convert in self._checks:
            _check(place, name, convert, rows, reasons)
        if some.longest > _LARGE_ROW:
            self._check_sizes(rows, reasons)
        for place in reasons:
            addresses[place] = ""
        return addresses, reasons

    def _even_out(self, rows: Sequence[list[str]], reasons: dict[int, str]) -> None:
        for place, row in enumerate(rows):
            if len(row) > self._width:
                many = f"It has {len(row)} cells, but the header has {self._width}: is a quote missing?"
                reasons.setdefault(place, many)
            else:
                row += [""] * (self._width - len(row))

    def _addresses(self, rows: Sequence[list[str]], reasons: dict[int, str]) -> list[str]:
        email = self._email
        addresses = []
        for place, found in enumerate(normalise_many([read_text(row[email]) for row in rows])):
            if isinstance(found, str):
                addresses.append(found)
                continue
            text = rows[place][email].strip()
            reason = f"{text[:100]!r} is no e-mail address: {found}" if text else "There is no e-mail address"
            reasons.setdefault(place, reason)
            addresses.append("")
        return addresses

    def _check_sizes(self, rows: Sequence[list[str]], reasons: dict[int, str]) -> None:
        for place, row in enumerate(rows):
            if place in reasons or sum(map(len, row)) < _LARGE_ROW // 4:
                continue
            values = [read_cell(cell) for cell in row]
            # As it is kept: a marker, or the blanks of JSON, are not held against anybody.
            if max(len(write_cell(value).encode()) for value in values) > self._max_cell + len(MARKER):
                reasons[place] = f"A cell holds more than {self._max_cell:,} bytes"
            elif problems := limits({column.key: values[at] for at, column in self._data if row[at]}):
                reasons[place] = too_large(problems[0].message)


def _check(
    place: int, name: str, convert: Callable[[str], Any], rows: Sequence[list[str]], reasons: dict[int, str]
) -> None:
    """Whether the cells of a column are what they must be; empty ones say nothing."""
    cells = [row[place] for row in rows]
    wrong = {}
    for cell in set(cells):
        if cell and not cell.isspace():
            try:
                convert(cell)
            except ValueError as problem:
                wrong[cell] = f"{name}: {problem}"
    if wrong:
        for index, cell in enumerate(cells):
            if cell in wrong:
                reasons.setdefault(index, wrong[cell])


def _language(cell: str) -> str:
    if cell not in LANGUAGES:
        raise ValueError(f"{cell[:60]!r} is no ISO 639-1 language code such as en, de or fr")
    return cell


def too_large(message: str) -> str:
    """Why a contact cannot hold the data of a row."""
    return f"Its data is too much for one contact. {message}"


@dataclass
class Batch:
    """Rows to be merged in one transaction, and what becomes of the others. `lines` and `cells` belong to `rows`;
    `place`, `line` and `number` say where the file goes on behind them."""

    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    rejected: list[tuple[int, str, list[str]]] = field(default_factory=list)
    skipped: int = 0
    keys: tuple[str, ...] = ()
    types: frozenset[tuple[str, str]] = frozenset()
    place: int = 0
    line: int = 1
    number: int = 0


class Typist:
    """Turns the cells of checked rows into contacts. `text_columns` are those that hold codes, by place."""

    def __init__(self, layout: Layout, text_columns: frozenset[int], *, subscribed: bool | None) -> None:
        self._layout = layout
        self._text_columns = text_columns
        self._default = subscribed
        self._mixed: set[str] = set()

    def fill(self, batch: Batch, addresses: Sequence[str]) -> None:
        """Makes `rows` of `cells`."""
        if not batch.cells:
            return
        columns = list(zip(*batch.cells, strict=True))
        data = self._layout.data
        values = [self._values(place, column, columns[place]) for place, column in data]
        keys = [column.key for _, column in data]
        objects = _objects(keys, values, len(addresses))
        types = {
            (key, kind) for key, column in zip(keys, values, strict=True) for kind in self._types(key, column)
        }
        if self._layout.rest is not None:
            further = [further_data(cell) if cell else {} for cell in columns[self._layout.rest]]
            objects = ({**more, **each} for more, each in zip(further, objects, strict=True))
            types |= {(key, type_of(value)) for more in further for key, value in more.items()}
        batch.rows = [
            Row(str(uuid7()), address, wanted, orjson.dumps(each).decode())
            for address, wanted, each in zip(addresses, self._subscriptions(columns), objects, strict=True)
        ]
        batch.types = frozenset(types)
        batch.keys = tuple({key for key, _ in types})

    def _values(self, place: int, column: Column, cells: Sequence[str]) -> list[Any]:
        if column.type in (None, "string"):
            return read_column(cells, is_text=column.type is not None or place in self._text_columns)
        convert = TYPES[column.type or ""]
        return [convert(cell) if cell and not cell.isspace() else None for cell in cells]

    def _subscriptions(self, columns: Sequence[Sequence[str]]) -> Sequence[bool | None]:
        place = self._layout.subscribed
        if place is None:
            return [self._default] * len(columns[0])
        return [truth(cell) if cell and not cell.isspace() else self._default for cell in columns[place]]

    def _types(self, key: str, values: Sequence[Any]) -> set[str]:
        """The catalogue's words for the values. Once a key has held other text than dates it is not looked at again:
        its catalogue entry is a string from then on."""
        found = set()
        for kind in {type(value) for value in values} - {type(None)}:
            if kind is not str:
                found.add("number" if kind in (int, float) else _WORDS[kind])
            elif key in self._mixed:
                found.add("string")
            else:
                texts = {value for value in values if type(value) is str and value}
                found |= {type_of(text) for text in texts}
        if "string" in found:
            self._mixed.add(key)
        return found


_WORDS = {bool: "boolean", list: "list", dict: "object"}


def _objects(keys: Sequence[str], values: Sequence[Sequence[Any]], number: int) -> Iterator[dict[str, Any]]:
    """The data of each row. Empty cells say nothing."""
    if not keys:
        return iter([{}] * number)
    rows = zip(*values, strict=True)
    if not any(None in column or "" in column for column in values):
        return (dict(zip(keys, row, strict=True)) for row in rows)
    return (
        {key: value for key, value in zip(keys, row, strict=True) if value is not None and value != ""}
        for row in rows
    )


def columns_with_codes(rows: Sequence[Sequence[str]], wanted: Sequence[int]) -> set[int]:
    """Those of the wanted columns in which any cell looks like a code."""
    if not rows:
        return set()
    columns = list(zip(*rows, strict=True))
    return {place for place in wanted if hold_code(columns[place])}
