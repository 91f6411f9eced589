"""A look at a file before it is imported: columns, types, first rows, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from plunk.contacts.cells import read_column
from plunk.contacts.data import type_of
from plunk.imports import service
from plunk.imports.files import Readable
from plunk.imports.layout import Column, Layout
from plunk.imports.reading import Slice
from plunk.imports.rows import Checker, columns_with_codes
from plunk.imports.service import Options

LOOKED_AT = 1_000
"""Rows from which types are guessed and in which problems are looked for."""

SHOWN = 20
_SAMPLES = 3


def preview(project_id: UUID, file: Readable, options: Options) -> dict[str, Any]:
    """`{encoding, delimiter, columns, rows, problems, looked_at, is_all}`; nothing is kept.

    Raises what an import would be refused for.
    """
    layout = service.check(project_id, file, options)
    _, reader = service.open_file(file, file.delimiter, options.mapping)
    slices = reader.slices(LOOKED_AT)
    some = next(slices, None) or Slice()
    _, reasons = Checker(layout).judge(some)
    rows = [
        {"line": line, "cells": cells, "problem": reasons.get(place)}
        for place, (line, cells) in enumerate(zip(some.lines, some.rows, strict=True))
    ]
    return {
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "columns": _columns(layout, some.rows, reasons),
        "rows": rows[:SHOWN],
        "problems": [
            {"line": some.lines[place], "message": reason}
            for place, reason in sorted(reasons.items())[:SHOWN]
        ],
        "problemCount": len(reasons),
        "lookedAt": len(rows),
        "isAll": next(slices, None) is None,
    }


def _columns(
    layout: Layout, all_rows: Sequence[Sequence[str]], reasons: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Types are those of the rows that can be imported; samples are shown of the others too."""
    rows = [row for place, row in enumerate(all_rows) if place not in reasons]
    codes = columns_with_codes(rows, [place for place, column in layout.data if column.type is None])
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(layout.columns)
    seen = [row for row in all_rows if len(row) == len(layout.columns)]
    return [
        {
            "name": column.name,
            "field": _FIELDS.get(column.target, f"data.{column.key}"),
            "type": _type(column, cells[place], holds_codes=place in codes),
            "holdsCodes": place in codes,
            "samples": list(islice(dict.fromkeys(row[place] for row in seen if row[place]), _SAMPLES)),
        }
        for place, column in enumerate(layout.columns)
    ]


_FIELDS: Mapping[str, str | None] = {
    "email": "email",
    "subscribed": "subscribed",
    "rest": "data",
    "ignored": None,
}


def _type(column: Column, cells: Sequence[str], *, holds_codes: bool) -> str | None:
    """The type that the column's values will have; `string` where they differ, None where there are none."""
    if column.target != "data":
        return {"email": "string", "subscribed": "boolean"}.get(column.target)
    if column.type:
        return column.type
    values = read_column(cells, is_text=holds_codes)
    found = {type_of(value) for value in values if value is not None and value != ""}
    return found.pop() if len(found) == 1 else "string" if found else None
