"""The audit log: who did what in a project. Rows are added in the transaction of the deed, and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk.accounts.people import AuditEntry, ProjectMember
from plunk.db.base import db, new_id
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where; nobody (`None`) is the command line."""

    user_id: UUID | None = None
    email: str = ""
    ip: str = ""


def record(project_id: UUID, actor: Actor, action: str, *, subject: str = "", **details: Any) -> None:
    """`action` is a noun and a past participle, `key.created`; `subject` names the thing; details without secrets."""
    db.session.add(
        AuditEntry(
            project_id=project_id,
            id=new_id(),
            user_id=actor.user_id,
            user_email=actor.email,
            action=action,
            subject=subject,
            details=details,
            ip=actor.ip,
        )
    )


def record_everywhere(actor: Actor, action: str, *, subject: str = "", **details: Any) -> None:
    """What concerns a person rather than a project, such as signing in: in each project they may enter."""
    theirs = select(ProjectMember.project_id).where(ProjectMember.user_id == actor.user_id)
    for project_id in db.session.scalars(theirs):
        record(project_id, actor, action, subject=subject, **details)


def entries(project_id: UUID, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """`{data, cursor, hasMore, total}`, newest first; `total` is not counted. Raises InvalidInput for an odd cursor."""
    scope = f"audit {project_id}"
    query = select(AuditEntry).where(AuditEntry.project_id == project_id).order_by(AuditEntry.id.desc())
    if cursor:
        _, last = decode_cursor(scope, cursor, is_time=False)
        query = query.where(AuditEntry.id < last)
    rows = list(db.session.scalars(query.limit(limit + 1)))
    return cursor_page(rows, limit=limit, total=0, cursor_of=lambda row: encode_cursor(scope, "", row.id))
