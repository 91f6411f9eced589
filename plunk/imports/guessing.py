"""What the columns of a file probably are, for people who then say it themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from plunk.contacts.cells import loosely
from plunk.contacts.emails import normalise_many
from plunk.imports import service
from plunk.imports.errors import UnreadableFile
from plunk.imports.files import Readable
from plunk.imports.layout import EMAIL, Column, columns_of
from plunk.imports.reading import Slice
from plunk.imports.rejected import COLUMNS

_LOOKED_AT = 100


def guess(file: Readable, known: Collection[str] = ()) -> dict[str, Any]:
    """A mapping to begin with: the address by what the cells hold if no header says so, fields of the project
    (`known`, without `data.`) for columns that are written much like them (`First Name` for `firstName`), and nothing
    for what a file of rejected rows says of them.

    Raises UnreadableFile, also when no column holds addresses.
    """
    header, reader = service.begin(file, file.delimiter)
    columns = columns_of(header)
    found: dict[str, Any] = {}
    if tuple(header[: len(COLUMNS)]) == COLUMNS:  # Rejected rows that somebody has mended.
        found.update(dict.fromkeys(COLUMNS))
    if not any(column.target == EMAIL for column in columns):
        some = next(reader.slices(_LOOKED_AT), None) or Slice()
        found[_with_addresses(columns, some.rows)] = EMAIL
    return {**_like_known(columns, known), **found}


def _with_addresses(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """The column that holds the most addresses."""
    counts = []
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows if place < len(row) and "@" in row[place]]
        counts.append((sum(isinstance(each, str) for each in normalise_many(cells)), -place, column.name))
    best, _, name = max(counts, default=(0, 0, ""))
    if not best:
        message = "No column of the file holds e-mail addresses. Add one, and send the file again"
        raise UnreadableFile(message, "no_email_column")
    return name


def _like_known(columns: Sequence[Column], known: Collection[str]) -> dict[str, str]:
    """Only where there is one such field, for one such column."""
    exact = {column.key for column in columns}
    alike: dict[str, list[str]] = {}
    for key in known:
        alike.setdefault(loosely(key), []).append(key)
    found: dict[str, str] = {}
    for column in columns:
        keys = alike.get(loosely(column.key), []) if column.target == "data" else []
        if len(keys) == 1 and keys[0] not in exact and f"data.{keys[0]}" not in found.values():
            found[column.name] = f"data.{keys[0]}"
    return found
