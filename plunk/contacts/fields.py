"""The fields page: which keys there are, how common, with which values, and how to be rid of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from plunk import clock, plugins
from plunk.contacts.models import Contact, ContactField
from plunk.db.base import db
from plunk.errors import FieldInUse, FieldNotFound

BUILTIN = (
    ("email", "string"),
    ("subscribed", "boolean"),
    ("createdAt", "date"),
    ("updatedAt", "date"),
)
_COUNTED_LIVE = 10_000
_STALE_AFTER = timedelta(seconds=60)


def list_fields(project_id: UUID) -> tuple[list[dict[str, Any]], bool]:
    """`(fields, are stale)`: each `{field, type, isCustom, coverage}`, built-in ones first.

    Coverage is counted on the spot for small projects; for others it is what the last background count found, and
    the second value says whether it is time for another.
    """
    rows = db.session.scalars(
        select(ContactField).where(ContactField.project_id == project_id).order_by(ContactField.key)
    ).all()
    live = coverage(project_id) if is_small(project_id) else None
    # Until the first background count, the newest contacts speak for all: 0 would read as "nobody has it".
    guess = coverage(project_id, newest=_COUNTED_LIVE) if live is None and _is_uncounted(rows) else {}
    fields = [{"field": name, "type": kind, "isCustom": False, "coverage": 100.0} for name, kind in BUILTIN]
    fields += [
        {
            "field": f"data.{row.key}",
            "type": row.type,
            "isCustom": True,
            "coverage": _known_coverage(row, guess) if live is None else live.get(row.key, 0.0),
        }
        for row in rows
    ]
    return fields, live is None and any(_is_stale(row) for row in rows)


def coverage(project_id: UUID, *, newest: int | None = None) -> dict[str, float]:
    """The share of contacts (or of the newest so many) that have each key, in per cent: one pass over them."""
    mine = select(Contact.data).where(Contact.project_id == project_id)
    if newest is not None:
        mine = mine.order_by(Contact.created_at.desc(), Contact.id.desc()).limit(newest)
    looked_at = mine.subquery()
    total = db.session.scalar(select(func.count()).select_from(looked_at))
    key = select(func.jsonb_object_keys(looked_at.c.data).label("key")).subquery().c.key
    counts = db.session.execute(select(key, func.count()).group_by(key))
    return {key: round(100.0 * number / total, 4) for key, number in counts} if total else {}


def store_coverage(project_id: UUID) -> None:
    """Counts, and keeps what was found with the catalogue."""
    found = coverage(project_id)
    keys = db.session.scalars(select(ContactField.key).where(ContactField.project_id == project_id)).all()
    if not keys:
        return
    db.session.execute(
        update(ContactField),
        [
            {
                "project_id": project_id,
                "key": key,
                "coverage": found.get(key, 0.0),
                "counted_at": clock.now(),
            }
            for key in sorted(keys)
        ],
    )


def _is_uncounted(rows: Sequence[ContactField]) -> bool:
    return any(row.counted_at is None for row in rows)


def _known_coverage(row: ContactField, guess: dict[str, float]) -> float:
    return guess.get(row.key, 0.0) if row.counted_at is None else row.coverage


def _is_stale(row: ContactField) -> bool:
    return row.counted_at is None or row.counted_at < clock.now() - _STALE_AFTER


def catalogued(project_id: UUID) -> dict[str, str]:
    """The types by key of the custom data that the catalogue knows, in alphabetical order."""
    mine = select(ContactField.key, ContactField.type).where(ContactField.project_id == project_id)
    return {key: kind for key, kind in db.session.execute(mine.order_by(ContactField.key))}


def usages(project_id: UUID, field: str) -> list[dict[str, Any]]:
    """Segments, campaigns and workflows that mention a field; raises FieldNotFound."""
    name = field if is_builtin(field) else f"data.{key_of(project_id, field)}"
    answers = plugins.hook().plunk_usages(project_id=project_id, kind="field", name=name)
    return [usage for answer in answers for usage in answer]


def key_to_delete(project_id: UUID, field: str) -> str:
    """The key of a field that may be deleted; raises FieldNotFound (built-in ones too) or FieldInUse."""
    key = key_of(project_id, field)
    if used := usages(project_id, field):
        raise FieldInUse(f"The field data.{key}", used)
    return key


def is_builtin(field: str) -> bool:
    return any(field == name for name, _ in BUILTIN)


def key_of(project_id: UUID, field: str) -> str:
    """The catalogued key that `plan` or `data.plan` names; raises FieldNotFound."""
    for candidate in dict.fromkeys((field.removeprefix("data."), field)):
        if db.session.get(ContactField, (project_id, candidate)) is not None:
            return candidate
    raise FieldNotFound(field)


def is_small(project_id: UUID) -> bool:
    """Whether the project's contacts can be counted while somebody waits."""
    some = select(Contact.id).where(Contact.project_id == project_id).limit(_COUNTED_LIVE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) <= _COUNTED_LIVE
