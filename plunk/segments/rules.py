"""A project's rules: parsed with its segments, made into SQL over its contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, exists, select

from plunk.config import settings
from plunk.contacts.models import Contact
from plunk.contacts.service import address_or_none
from plunk.db.base import db
from plunk.errors import InvalidInput, SegmentBroken
from plunk.events.models import Activity, Event
from plunk.filters.compile import compile_condition
from plunk.filters.given import Limits
from plunk.filters.nodes import Condition
from plunk.filters.parse import parse_condition
from plunk.filters.targets import Tables
from plunk.filters.values import simple_lower
from plunk.filters.vocabulary import Vocabulary
from plunk.segments import mentions
from plunk.segments.models import Membership, Segment


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
    limits = settings()
    known = _known_segments(project_id, raw)
    condition = parse_condition(
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
    return Rule(raw, condition)


def matching(project_id: UUID, condition: Condition) -> list[ColumnElement[bool]]:
    """What to ask of contacts: the project's that match."""
    return [Contact.project_id == project_id, _compile(project_id, condition)]


def members(segment: Segment) -> list[ColumnElement[bool]]:
    """What to ask of contacts: the segment's members. Raises SegmentBroken."""
    return [Contact.project_id == segment.project_id, _is_member(segment)]


def broken_because(segment: Segment) -> str | None:
    """Why a segment's rule cannot be answered now, if so: an operator that no plugin brings any more, in it or in
    the rule of a segment that it mentions."""
    known = vocabulary()
    keys = {str(each.get("operator")) for each in mentions.filters(segment.condition)}
    if missing := sorted(key for key in keys if known.get(key) is None):
        return f"No plugin brings the operator {', '.join(missing)}"
    for mentioned in dict.fromkeys(mentions.segments(segment.condition)):
        inner = db.session.get(Segment, (segment.project_id, mentioned))
        if inner and (reason := broken_because(inner)):
            return _cannot_be_answered(inner, reason)
    return None


def _compile(project_id: UUID, condition: Condition) -> ColumnElement[bool]:
    def is_member(segment_id: UUID) -> ColumnElement[bool]:
        segment = db.session.get(Segment, (project_id, segment_id))
        if segment is None:
            raise SegmentBroken("The rule mentions a segment that no longer exists")
        return _is_member(segment)

    tables = Tables(Contact.__table__, Event.__table__, Activity.__table__, is_member)
    return compile_condition(condition, tables, project_id)


def _is_member(segment: Segment) -> ColumnElement[bool]:
    if segment.type == "STATIC":
        return exists().where(
            Membership.project_id == segment.project_id,
            Membership.segment_id == segment.id,
            Membership.contact_id == Contact.id,
        )
    try:
        rule = parse(segment.project_id, segment.condition)
    except InvalidInput as problem:
        reason = broken_because(segment) or problem.problems[0].message
        raise SegmentBroken(_cannot_be_answered(segment, reason)) from problem
    return _compile(segment.project_id, rule.condition)


def _cannot_be_answered(segment: Segment, reason: str) -> str:
    return f"The rule of {segment.name!r} cannot be answered: {reason}"


def _known_segments(project_id: UUID, raw: Any) -> set[UUID]:
    wanted = set(mentions.segments(raw))
    if not wanted:
        return set()
    found = select(Segment.id).where(Segment.project_id == project_id, Segment.id.in_(wanted))
    return set(db.session.scalars(found))
