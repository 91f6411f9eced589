"""A project's rules: parsed with its segments, made into SQL over its contacts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, FromClause, exists, select

from plunk.config import settings
from plunk.contacts.models import Contact
from plunk.contacts.service import address_or_none
from plunk.db.base import db
from plunk.errors import InvalidInput, SegmentBroken
from plunk.events.models import Activity, Event
from plunk.filters.compile import compile_condition, compile_flips
from plunk.filters.given import Limits
from plunk.filters.nodes import Condition
from plunk.filters.parse import parse_condition
from plunk.filters.targets import Tables
from plunk.filters.values import simple_lower
from plunk.filters.vocabulary import Vocabulary
from plunk.segments import mentions
from plunk.segments.failing import making
from plunk.segments.models import Membership, Segment

Bounds = Callable[[Any], Sequence[ColumnElement[bool]]]


@dataclass(frozen=True)
class Rule:
    """A rule as it was sent, and as it was understood."""

    raw: dict[str, Any]
    condition: Condition


def vocabulary() -> Vocabulary:
    """The operators of the current app."""
    return cast(Vocabulary, current_app.extensions["plunk.vocabulary"])


def parse(project_id: UUID, raw: Any, *, path: str = "condition") -> Rule:
    """Raises InvalidInput with every problem, each malformed."""
    return Rule(raw, understand(raw, _known_segments(project_id, raw), path=path))


def understand(raw: Any, known: Collection[UUID], *, path: str = "condition") -> Condition:
    """The same, where the project's segments are known already."""
    limits = settings()
    return parse_condition(
        raw,
        vocabulary(),
        resolve_segment=known.__contains__,
        limits=Limits(
            filters=limits.max_filters,
            nesting=limits.max_nesting,
            value_bytes=limits.max_value_bytes,
            list_values=limits.max_list_values,
            event_name=limits.max_event_name,
        ),
        path=path,
        address=lambda text: address_or_none(text) or simple_lower(text),
    )


def matching(project_id: UUID, condition: Condition) -> list[ColumnElement[bool]]:
    """What to ask of contacts: the project's that match."""
    return [Contact.project_id == project_id, compiled(project_id, condition)]


def members(segment: Segment) -> list[ColumnElement[bool]]:
    """What to ask of contacts: the segment's members. Raises SegmentBroken."""
    return [Contact.project_id == segment.project_id, is_member(segment)]


def is_member(segment: Segment, within: Bounds | None = None) -> ColumnElement[bool]:
    """True for the segment's members; `within` as for `compiled`. Raises SegmentBroken."""
    if not segment.is_settled:
        return compiled(segment.project_id, _understood(segment), within=within)
    return exists().where(
        Membership.project_id == segment.project_id,
        Membership.segment_id == segment.id,
        Membership.contact_id == Contact.id,
    )


def broken_because(segment: Segment) -> str | None:
    """Why a segment's rule cannot be answered now, if so: an operator that no plugin brings any more, in it or in
    the rule of a segment that it mentions, or one that failed."""
    if segment.status == "broken":
        return segment.status_reason or "Its rule could not be answered"
    return cannot_be_understood(segment)


def cannot_be_understood(segment: Segment) -> str | None:
    """The same, whatever was found earlier."""
    if reason := missing_operators(segment.condition):
        return reason
    for mentioned in dict.fromkeys(mentions.segments(segment.condition)):
        inner = db.session.get(Segment, (segment.project_id, mentioned))
        if inner and not inner.is_settled and (reason := broken_because(inner)):
            return _cannot_be_answered(inner, reason)
    return None


def missing_operators(condition: Any) -> str | None:
    """A sentence about the operators of a rule that no plugin brings, if there are any."""
    known = vocabulary()
    keys = {str(each.get("operator")) for each in mentions.filters(condition)}
    missing = sorted(key for key in keys if known.get(key) is None)
    return f"No plugin brings the operator {', '.join(missing)}" if missing else None


def compiled(project_id: UUID, condition: Condition, *, within: Bounds | None = None) -> ColumnElement[bool]:
    """True for the contacts that match. Raises SegmentBroken.

    `within` says of a column with contacts' ids which of them the caller asks about; events of others are then left
    alone.
    """
    with making():
        return compile_condition(condition, tables(project_id, within), project_id)


def flips(
    project_id: UUID, condition: Condition, *, within: Bounds | None = None
) -> ColumnElement[datetime] | None:
    """When time alone will next change what a rule says of a contact: the SQL of timers. Raises SegmentBroken."""
    with making():
        return compile_flips(condition, tables(project_id, within), project_id)


def tables(project_id: UUID, within: Bounds | None = None) -> Tables:
    """Where the rules of a project look. Members of other segments are read from their rows where those can be relied
    on; elsewhere the other rule stands in the place of its mention."""

    def mentioned(segment_id: UUID) -> Segment:
        segment = db.session.get(Segment, (project_id, segment_id))
        if segment is None:
            raise SegmentBroken("The rule mentions a segment that no longer exists")
        return segment

    def member_flips(segment_id: UUID) -> ColumnElement[datetime] | None:
        segment = mentioned(segment_id)
        return None if segment.is_settled else flips(project_id, _understood(segment), within=within)

    return Tables(
        Contact.__table__,
        _bounded(Event.__table__, within),
        _bounded(Activity.__table__, within),
        lambda segment_id: is_member(mentioned(segment_id), within),
        member_flips,
    )


def _bounded(table: FromClause, within: Bounds | None) -> FromClause:
    """Only the rows of those contacts: what is grouped over the whole project costs as much for a few of them."""
    return (
        table
        if within is None
        else select(table).where(*within(table.c.contact_id)).subquery(table.description)
    )


def _understood(segment: Segment) -> Condition:
    try:
        return parse(segment.project_id, segment.condition).condition
    except InvalidInput as problem:
        reason = broken_because(segment) or problem.problems[0].message
        raise SegmentBroken(_cannot_be_answered(segment, reason)) from problem


def _cannot_be_answered(segment: Segment, reason: str) -> str:
    return f"The rule of {segment.name!r} cannot be answered: {reason}"


def _known_segments(project_id: UUID, raw: Any) -> set[UUID]:
    wanted = set(mentions.segments(raw))
    if not wanted:
        return set()
    found = select(Segment.id).where(Segment.project_id == project_id, Segment.id.in_(wanted))
    return set(db.session.scalars(found))
