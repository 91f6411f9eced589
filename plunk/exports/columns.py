"""Which columns an export has: the contact's own, then the keys of data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plunk.config import settings
from plunk.contacts.cells import REST, write_header
from plunk.contacts.models import ContactField
from plunk.db.base import db

OWN = ("id", "email", "subscribed", "createdAt", "updatedAt")


@dataclass(frozen=True)
class Columns:
    """`keys` have a column each. With `has_rest` a last column holds the others, as one JSON object: where there
    are too many keys for columns, or where some are not in the catalogue."""

    keys: tuple[str, ...]
    has_rest: bool

    def header(self) -> bytes:
        """The first line."""
        line = io.StringIO()
        names = [*OWN, *map(write_header, self.keys), *([REST] if self.has_rest else [])]
        # The writer quotes what its own line ends are made of: a lone carriage return would end a line, too.
        csv.writer(line, lineterminator="\r\n").writerow(names)
        return line.getvalue().removesuffix("\r\n").encode() + b"\n"


def columns_of(project_id: UUID) -> Columns:
    """The catalogued keys, oldest first: a new one moves none of the others. No more columns than an import takes."""
    keys = db.session.scalars(
        select(ContactField.key)
        .where(ContactField.project_id == project_id)
        .order_by(ContactField.created_at, ContactField.key)
    ).all()
    room = settings().max_import_columns - len(OWN)
    has_rest = len(keys) > room or len(keys) >= settings().max_fields
    return Columns(tuple(keys[: room - 1] if has_rest else keys), has_rest)
