"""Rules as sentences, with the names of the project's segments."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations
from uuid import UUID

from sqlalchemy import select

from plunk.db.base import db
from plunk.filters.describe import clause as describe_clause
from plunk.filters.describe import describe
from plunk.filters.nodes import Condition
from plunk.filters.walk import reads
from plunk.segments.failing import making
from plunk.segments.models import Segment
from plunk.segments.rules import vocabulary


def sentence(project_id: UUID, condition: Condition, *, words: NullTranslations | None = None) -> str:
    """The rule in words: English, or what `words` makes of it. Raises SegmentBroken where a plugin's operator fails."""
    return _told(describe, project_id, condition, words)


def clause(project_id: UUID, condition: Condition, *, words: NullTranslations | None = None) -> str:
    """The same as what follows `Contacts`, for lists of conditions."""
    return _told(describe_clause, project_id, condition, words)


def _told(
    tell: Callable[..., str], project_id: UUID, condition: Condition, words: NullTranslations | None
) -> str:
    names = _names(project_id, reads(condition).segments)
    with making():
        return tell(condition, vocabulary(), segment_name=names.get, words=words)


def _names(project_id: UUID, wanted: frozenset[UUID]) -> dict[UUID, str]:
    if not wanted:
        return {}
    found = select(Segment.id, Segment.name).where(Segment.project_id == project_id, Segment.id.in_(wanted))
    return {row.id: row.name for row in db.session.execute(found)}
