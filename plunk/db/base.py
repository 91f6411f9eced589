"""The declarative base, the database extension, and the column types that every table shares."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils.compat
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """All tables. Constraint names are derived, so that migrations and error handling can rely on them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
    }


# Models derive from Base, not from db.Model: the extension gives us sessions and engines, the mapping is plain.
db = SQLAlchemy(metadata=Base.metadata)


def new_id(at: datetime | None = None) -> UUID:
    """A UUIDv7: its first bits are the time, so rows made one after another lie next to each other.

    `at` places the id at another moment than now, for things that happened in the past.
    """
    if at is None:
        return uuid_utils.compat.uuid7()
    return uuid_utils.compat.uuid7(nanoseconds=max(int(at.timestamp()), 0) * 10**9 + at.microsecond * 1000)


def least_id(moment: datetime) -> UUID:
    """Not above any UUIDv7 that was made at that moment or later."""
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def from_json(text: str | bytes) -> Any:
    """Stored JSON as values. Whole numbers that a body could not hold as integers are floats, which is what they
    came as: the database writes `1e300` out in full."""
    return _decode(text if isinstance(text, str) else bytes(text).decode())


def to_json(value: Any) -> str:
    """Compact JSON; raises ValueError on NaN and infinities."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _number(text: str) -> int | float:
    return int(text) if len(text) < 19 or abs(int(text)) < 2**63 else float(text)


# One decoder for all: json.loads would make one at every call.
_decode = json.JSONDecoder(parse_int=_number).decode
