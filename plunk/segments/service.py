"""Segments: making, reading, changing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from plunk import plugins
from plunk.contacts.upsert import Origin
from plunk.db.base import db, new_id
from plunk.db.locks import lock
from plunk.errors import (
    InvalidInput,
    Problem,
    SegmentInUse,
    SegmentNameTaken,
    SegmentNotDynamic,
    SegmentNotFound,
    SlugInUse,
)
from plunk.segments import references, static
from plunk.segments.counting import recount, recount_unless_broken
from plunk.segments.models import Membership, Segment
from plunk.segments.rules import Rule
from plunk.segments.slugs import slug_of

DYNAMIC, STATIC = "DYNAMIC", "STATIC"
_NOW = func.date_trunc("milliseconds", func.clock_timestamp())


def get(project_id: UUID, segment_id: UUID) -> Segment:
    """Raises SegmentNotFound."""
    segment = db.session.get(Segment, (project_id, segment_id))
    if segment is None:
        raise SegmentNotFound
    return segment


def list_segments(project_id: UUID) -> list[Segment]:
    """All segments of a project, newest first."""
    found = select(Segment).where(Segment.project_id == project_id)
    return list(db.session.scalars(found.order_by(Segment.created_at.desc(), Segment.id.desc())))


def create(
    project_id: UUID,
    *,
    name: str,
    kind: str,
    origin: Origin,
    description: str | None = None,
    rule: Rule | None = None,
    track_membership: bool = False,
    emails: Sequence[str] = (),
) -> Segment:
    """A new segment, counted. `emails` are a static segment's first members.

    Raises InvalidInput (an empty slug, a ring, unknown addresses) or SegmentNameTaken.
    """
    _lock_rules(project_id)
    segment = Segment(
        project_id=project_id,
        id=new_id(),
        name=name.strip(),
        slug=_slug(name),
        description=description,
        type=kind,
        condition=rule.raw if rule else None,
        track_membership=track_membership,
        created_at=_NOW,
        updated_at=_NOW,
    )
    db.session.add(segment)
    _flush(segment)
    if rule:
        references.check(list_segments(project_id))
    if emails:
        unknown = static.add(segment, emails, origin=origin).not_found
        if unknown:
            raise _unknown_members(emails, set(unknown))
    recount(segment)
    db.session.refresh(segment)
    return segment


def change(
    project_id: UUID,
    segment_id: UUID,
    *,
    name: str | None = None,
    rule: Rule | None = None,
    track_membership: bool | None = None,
    **description: str | None,
) -> Segment:
    """Changes what is given (`description=None` clears it).

    Raises SegmentNotFound, SegmentNameTaken, SlugInUse, SegmentNotDynamic, InvalidInput.
    """
    _lock_rules(project_id)
    segment = get(project_id, segment_id)
    if rule and segment.type == STATIC:
        raise SegmentNotDynamic("A static segment has no rule")
    if name is not None:
        _rename(segment, name)
    if rule:
        segment.condition = rule.raw
    if track_membership is not None:
        segment.track_membership = track_membership
    if "description" in description:
        segment.description = description["description"]
    if db.session.is_modified(segment):
        segment.updated_at = _NOW
    _flush(segment)
    if rule or name is not None:
        references.check(list_segments(project_id))
    if rule:
        recount(segment)
    else:
        recount_unless_broken(segment)
    db.session.refresh(segment)
    return segment


def remove(project_id: UUID, segment_id: UUID) -> None:
    """Raises SegmentNotFound, or SegmentInUse while others mention it."""
    _lock_rules(project_id)
    segment = get(project_id, segment_id)
    used = usages(project_id, "segment", str(segment_id)) + _usages_of_slug(segment)
    if used:
        raise SegmentInUse(f"The segment {segment.name!r}", _once_each(used))
    db.session.execute(
        delete(Membership).where(Membership.project_id == project_id, Membership.segment_id == segment_id)
    )
    db.session.delete(segment)


def usages(project_id: UUID, kind: str, name: str) -> list[dict[str, Any]]:
    """Whatever mentions a field, an event or a segment: `[{type, id, name}]`."""
    answers = plugins.hook().plunk_usages(project_id=project_id, kind=kind, name=name)
    return [usage for answer in answers for usage in answer]


def _lock_rules(project_id: UUID) -> None:
    """One edit of a project's rules at a time: a ring needs two."""
    lock("rules", project_id)


def _slug(name: str) -> str:
    slug = slug_of(name)
    if not slug:
        raise InvalidInput([Problem("name", "The name must contain a letter or a digit", "empty_slug")])
    return slug


def _flush(segment: Segment) -> None:
    slug = segment.slug
    try:
        db.session.flush()
    except IntegrityError as problem:
        if getattr(problem.orig, "sqlstate", "") == "23505":
            raise SegmentNameTaken(slug) from problem
        raise


def _rename(segment: Segment, name: str) -> None:
    slug = _slug(name)
    if slug != segment.slug:
        if used := _usages_of_slug(segment):
            raise SlugInUse(f"The slug {segment.slug!r}", _once_each(used))
        segment.slug = slug
    segment.name = name.strip()


def _usages_of_slug(segment: Segment) -> list[dict[str, Any]]:
    events = (f"segment.{segment.slug}.{change}" for change in ("entry", "exit"))
    return [usage for event in events for usage in usages(segment.project_id, "event", event)]


def _once_each(used: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(usage["type"], usage["id"]): usage for usage in used}.values())


def _unknown_members(emails: Sequence[str], unknown: set[str]) -> InvalidInput:
    return InvalidInput(
        [
            Problem(f"emails[{index}]", f"No contact has the address {email!r}", "unknown_contact")
            for index, email in enumerate(emails)
            if email in unknown
        ]
    )
