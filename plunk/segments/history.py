"""Who came into a segment and who left it, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_

from plunk.config import settings
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.db.pipeline import Statement, run
from plunk.segments.models import MembershipChange, Segment
from plunk.web.pages import bad_cursor, cursor_page, decode_cursor, encode_cursor

BATCH = 10_000


def page(segment: Segment, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """`{data: [{contactId, email, change, at}], cursor, hasMore}`; the address of a deleted contact is null."""
    scope = f"history:{segment.project_id}:{segment.id}"
    place = tuple_(MembershipChange.at, MembershipChange.contact_id, MembershipChange.sequence)
    wanted = (
        select(
            MembershipChange.at,
            MembershipChange.contact_id,
            MembershipChange.sequence,
            MembershipChange.is_entry,
            Contact.email,
        )
        .outerjoin(
            Contact,
            (Contact.project_id == MembershipChange.project_id) & (Contact.id == MembershipChange.contact_id),
        )
        .where(MembershipChange.project_id == segment.project_id, MembershipChange.segment_id == segment.id)
    )
    if cursor:
        wanted = wanted.where(place < tuple_(*_behind(scope, cursor)))
    by = (MembershipChange.at.desc(), MembershipChange.contact_id.desc(), MembershipChange.sequence.desc())
    rows = list(db.session.execute(wanted.order_by(*by).limit(limit + 1)))

    def cursor_of(row: Row[Any]) -> str:
        return encode_cursor(scope, f"{row.at.isoformat()} {row.sequence}", row.contact_id)

    return cursor_page(rows, limit=limit, total=0, cursor_of=cursor_of)


def _behind(scope: str, cursor: str) -> tuple[datetime, UUID, int]:
    text, contact_id = decode_cursor(scope, cursor, is_time=False)
    try:
        at, sequence = text.split(" ")
        return datetime.fromisoformat(at), contact_id, int(sequence)
    except ValueError:
        raise bad_cursor() from None


def forget_old_changes() -> int:
    """Removes changes older than the retention, some of each project at a time; answers how many."""
    age = timedelta(days=settings().history_retention_days)
    (rows,) = run([Statement(_FORGET, {"age": age, "most": BATCH})])
    return len(rows)


_FORGET = b"""
    DELETE FROM membership_changes AS m USING (
        SELECT old.project_id, old.contact_id, old.sequence
        FROM segments AS s CROSS JOIN LATERAL (
            SELECT o.project_id, o.contact_id, o.sequence FROM membership_changes AS o
            WHERE o.project_id = s.project_id AND o.segment_id = s.id AND o.at < clock_timestamp() - %(age)s
            ORDER BY o.at LIMIT %(most)s
        ) AS old
    ) AS old
    WHERE m.project_id = old.project_id AND m.contact_id = old.contact_id AND m.sequence = old.sequence
    RETURNING 1
"""
