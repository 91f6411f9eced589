"""One use of an Idempotency-Key per project, decided by a lock and a row, never by waiting."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from plunk.clock import iso
from plunk.config import settings
from plunk.db.base import db
from plunk.db.locks import try_lock
from plunk.db.session import rows_changed
from plunk.errors import IdempotencyKeyReused, InvalidInput, Problem
from plunk.idempotency.models import IdempotencyKey

_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def check_key(key: str | None) -> str | None:
    """The header's value if it is one; raises InvalidInput."""
    if key is None or _PRINTABLE.fullmatch(key):
        return key
    message = "An Idempotency-Key has 1 to 255 printable ASCII characters"
    raise InvalidInput([Problem("Idempotency-Key", message, "idempotency_key")])


def claim(project_id: UUID, key: str, *, request: str, status_code: int) -> None:
    """Takes the key for this transaction; the claim commits, or goes, with the work.

    Raises IdempotencyKeyReused at once when another request has it, in flight or committed: the lock tells of
    those in flight, the row of those committed.
    """
    if not try_lock("idempotency", project_id, key):
        raise IdempotencyKeyReused(key)
    statement = insert(IdempotencyKey).values(
        project_id=project_id,
        key=key,
        request=request,
        status_code=status_code,
        created_at=func.clock_timestamp(),
    )
    statement = statement.on_conflict_do_update(
        index_elements=["project_id", "key"],
        set_={name: statement.excluded[name] for name in ("request", "status_code", "created_at")},
        where=IdempotencyKey.created_at < func.clock_timestamp() - _lifetime(),
    )
    if db.session.execute(statement.returning(IdempotencyKey.key)).first() is None:
        raise _reused(project_id, key)


def forget_old_keys() -> int:
    """Removes keys past their time; returns how many."""
    old = IdempotencyKey.created_at < func.clock_timestamp() - _lifetime()
    return rows_changed(delete(IdempotencyKey).where(old))


def _reused(project_id: UUID, key: str) -> IdempotencyKeyReused:
    row = db.session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.project_id == project_id, IdempotencyKey.key == key)
    )
    if row is None:
        return IdempotencyKeyReused(key)
    return IdempotencyKeyReused(
        key,
        originalRequest=row.request,
        originalRequestAt=iso(row.created_at),
        originalStatusCode=row.status_code,
    )


def _lifetime() -> timedelta:
    return timedelta(hours=settings().idempotency_hours)
