"""Many values in one: a statement that names a thousand ids is long to write, to send and to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY


def is_one_of(column: Any, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """True where the column holds one of the ids, which are sent as one value."""
    found: ColumnElement[bool] = column == any_(literal(list(ids), ARRAY(Uuid())))
    return found
