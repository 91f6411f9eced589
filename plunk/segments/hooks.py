"""What segments have to say when others ask, and to do when contacts go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from plunk import hookimpl
from plunk.db.base import db
from plunk.db.session import rows_changed
from plunk.facts import ContactChange
from plunk.segments.mentions import mentions
from plunk.segments.models import Membership, Segment


@hookimpl
def plunk_contacts_changed(changes: Sequence[ContactChange]) -> None:
    """Deleted contacts leave their static segments."""
    for change in changes:
        if change.is_deleted:
            rows_changed(
                delete(Membership).where(
                    Membership.project_id == change.project_id, Membership.contact_id == change.contact_id
                )
            )


@hookimpl
def plunk_usages(project_id: UUID, kind: str, name: str) -> list[dict[str, Any]]:
    """The segments whose rule mentions it."""
    rows = db.session.execute(
        select(Segment.id, Segment.name, Segment.condition)
        .where(Segment.project_id == project_id, Segment.type == "DYNAMIC")
        .order_by(Segment.id)
    )
    return [
        {"type": "segment", "id": str(row.id), "name": row.name}
        for row in rows
        if mentions(row.condition, kind, name)
    ]
