"""What segments do when contacts change, and have to say when others ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk import hookimpl
from plunk.db.base import db
from plunk.facts import ContactChange
from plunk.segments import membership
from plunk.segments.mentions import mentions
from plunk.segments.models import Segment


@hookimpl
def plunk_contacts_changing(project_id: UUID, contact_ids: Sequence[UUID], emails: Sequence[str]) -> None:
    """While a starting point is being found, contacts are judged as they were."""
    membership.look_before(project_id, contact_ids, emails)


@hookimpl
def plunk_contacts_changed(project_id: UUID, rules_version: int, changes: Sequence[ContactChange]) -> None:
    """Members follow."""
    membership.follow(project_id, rules_version, changes)


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
