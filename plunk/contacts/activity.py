"""What happened lately, and to whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.events import reading


def latest(
    project_id: UUID, *, limit: int, cursor: str | None = None, name: str | None = None
) -> dict[str, Any]:
    """The latest events, of all names or of one, with the addresses of their contacts: `{data: [{id, name, contact_id,
    email, data, created_at}], cursor, hasMore}`."""
    page = reading.list_events(project_id, limit=limit, cursor=cursor, name=name)
    emails = _emails(project_id, {row.contact_id for row in page["events"]})
    data = [{**row._mapping, "email": emails.get(row.contact_id)} for row in page["events"]]
    return {"data": data, "cursor": page["cursor"], "hasMore": page["hasMore"]}


def _emails(project_id: UUID, ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    found = select(Contact.id, Contact.email).where(Contact.project_id == project_id, Contact.id.in_(ids))
    return {row.id: row.email for row in db.session.execute(found)}
