"""Rows that were rejected, kept for whoever sent them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from plunk.contacts.cells import read_cell, write_cell
from plunk.db.base import db
from plunk.db.pipeline import driver_connection
from plunk.db.session import transaction
from plunk.imports.models import RejectedRow

COLUMNS = ("line", "reason")
"""What the file has before the columns of the one that was sent."""

_PAGE = 2_000
_LONGEST_CELL = 4_096
_MOST_CELLS = 400
_COPY = b"COPY import_errors (project_id, import_id, line, reason, cells) FROM STDIN"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def keep(project_id: UUID, import_id: UUID, rows: Sequence[tuple[int, str, list[str]]]) -> None:
    """Writes `(line, reason, cells)` down, in the current transaction."""
    if not rows:
        return
    with driver_connection().cursor() as cursor, cursor.copy(_COPY) as copy:
        for line, reason, cells in rows:
            some = [_storable(cell) for cell in cells[:_MOST_CELLS]]
            copy.write_row((project_id, import_id, line, _storable(reason), some))


def as_csv(project_id: UUID, import_id: UUID, header: Sequence[str]) -> Iterator[str]:
    """The lines of a CSV file: line, reason, and the row under the file's own header. Safe in spreadsheets."""
    yield _line([*COLUMNS, *header])
    last = -1
    while True:
        with transaction():
            rows = db.session.execute(
                select(RejectedRow.line, RejectedRow.reason, RejectedRow.cells)
                .where(
                    RejectedRow.project_id == project_id,
                    RejectedRow.import_id == import_id,
                    RejectedRow.line > last,
                )
                .order_by(RejectedRow.line)
                .limit(_PAGE)
            ).all()
        if not rows:
            return
        yield "".join(_line([str(row.line), row.reason, *map(_harmless, row.cells)]) for row in rows)
        last = rows[-1].line


def first(project_id: UUID, import_id: UUID, *, limit: int) -> list[RejectedRow]:
    """The first of them, in the order of the file."""
    found = (
        select(RejectedRow)
        .where(RejectedRow.project_id == project_id, RejectedRow.import_id == import_id)
        .order_by(RejectedRow.line)
        .limit(limit)
    )
    return list(db.session.scalars(found))


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    return write_cell(read_cell(cell)) if cell.startswith(_DANGEROUS) else cell


def _storable(text: str) -> str:
    return text[:_LONGEST_CELL].replace("\0", "\ufffd")
