"""Segments: making, reading, changing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from plunk import plugins
from plunk.accounts.service import rules_edited
from plunk.contacts.upsert import Origin
from plunk.db.base import db, new_id
from plunk.db.locks import lock_alone
from plunk.db.session import after_commit
from plunk.errors import (
    InvalidInput,
    Problem,
    SegmentInUse,
    SegmentNameTaken,
    SegmentNotDynamic,
    SegmentNotFound,
    SegmentNotTracked,
    SlugInUse,
)
from plunk.jobs import service as jobs
from plunk.segments import computing, daily, references, static
from plunk.segments.catching_up import catch_up
from plunk.segments.counting import count
from plunk.segments.models import Segment
from plunk.segments.rules import Rule, matching
from plunk.segments.slugs import slug_of

DYNAMIC, STATIC = "DYNAMIC", "STATIC"
LISTENERS = ("webhook",)
"""Kinds of users that hear of a segment without needing it: a rename would cut them off, a deletion need not ask."""
_NOW = func.date_trunc("milliseconds", func.clock_timestamp())


def get(project_id: UUID, segment_id: UUID, *, is_afresh: bool = False) -> Segment:
    """Raises SegmentNotFound. `is_afresh`: as it is now, whatever was read before."""
    segment = db.session.get(Segment, (project_id, segment_id), populate_existing=is_afresh)
    if segment is None:
        raise SegmentNotFound
    return segment


def by_slug(project_id: UUID, slug: str) -> Segment:
    """Raises SegmentNotFound."""
    segment = db.session.scalar(select(Segment).where(Segment.project_id == project_id, Segment.slug == slug))
    if segment is None:
        raise SegmentNotFound
    return segment


def list_segments(project_id: UUID) -> list[Segment]:
    """All segments of a project, newest first."""
    found = select(Segment).where(Segment.project_id == project_id)
    return list(db.session.scalars(found.order_by(Segment.created_at.desc(), Segment.id.desc())))


def names_by_slug(project_id: UUID) -> dict[str, str]:
    """What the segments of a project are called."""
    found = select(Segment.slug, Segment.name).where(Segment.project_id == project_id)
    return {row.slug: row.name for row in db.session.execute(found)}


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
    """A new segment, counted. `emails` are a static segment's first members: its starting point, like those whom a
    tracked rule matches already.

    Raises InvalidInput (an empty slug, a ring, unknown addresses) or SegmentNameTaken.
    """
    found = _count(project_id, rule, is_kept=track_membership)
    _lock_rules(project_id)
    segment = Segment(
        project_id=project_id,
        id=new_id(),
        name=name.strip(),
        slug=_slug(name),
        description=description,
        type=kind,
        condition=rule.raw if rule else None,
        track_membership=False,
        created_at=_NOW,
        updated_at=_NOW,
        **found,
    )
    db.session.add(segment)
    _flush(segment)
    rules_edited(project_id)
    if rule:
        references.check(list_segments(project_id), changed=segment.id)
    if emails:
        unknown = static.add(segment, emails, origin=origin).not_found
        if unknown:
            raise _unknown_members(emails, set(unknown))
    if track_membership:
        _track(segment, True)
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
    is_kept = get(project_id, segment_id).track_membership or bool(track_membership)
    found = _count(project_id, rule, is_kept=is_kept)
    _lock_rules(project_id)
    segment = get(project_id, segment_id, is_afresh=True)
    if rule and segment.type == STATIC:
        raise SegmentNotDynamic("A static segment has no rule")
    if name is not None:
        _rename(segment, name)
    if rule:
        segment.condition = rule.raw
        if not segment.track_membership:
            for column, value in found.items():
                setattr(segment, column, value)
    if "description" in description:
        segment.description = description["description"]
    is_switched = track_membership is not None and track_membership != segment.track_membership
    if is_switched or db.session.is_modified(segment):
        segment.updated_at = _NOW
    _flush(segment)
    if rule or name is not None:
        references.check(list_segments(project_id), changed=segment.id)
    rules_edited(project_id)
    if is_switched:
        _track(segment, bool(track_membership))
    elif rule:
        computing.begin(segment)
        _find_members(project_id)
    db.session.refresh(segment)
    return segment


def remove(project_id: UUID, segment_id: UUID) -> None:
    """Raises SegmentNotFound, or SegmentInUse while others mention it."""
    _lock_rules(project_id)
    segment = get(project_id, segment_id)
    used = usages(project_id, "segment", str(segment_id)) + _usages_of_slug(segment)
    used = [usage for usage in used if usage["type"] not in LISTENERS]
    if used:
        raise SegmentInUse(f"The segment {segment.name!r}", _once_each(used))
    db.session.delete(segment)
    db.session.flush()
    rules_edited(project_id)
    computing.clear_members(project_id, segment_id, is_gone=True)
    daily.forget(project_id, segment_id)


def compute(project_id: UUID, segment_id: UUID, *, emits_existing: bool) -> Segment:
    """Finds the members of a tracked segment anew; whoever is moved by that is told. With `emits_existing` those who
    were in from the start are told of as if they came in now.

    Small projects are done when this returns, others while the segment is `computing`. Raises SegmentNotTracked.
    """
    get(project_id, segment_id)
    _lock_rules(project_id)
    segment = get(project_id, segment_id, is_afresh=True)
    if segment.type == STATIC or not segment.track_membership:
        raise SegmentNotTracked
    computing.begin(segment, emits_existing=emits_existing)
    _find_members(project_id)
    db.session.refresh(segment)
    return segment


def usages(project_id: UUID, kind: str, name: str) -> list[dict[str, Any]]:
    """Whatever mentions a field, an event or a segment: `[{type, id, name}]`."""
    answers = plugins.hook().plunk_usages(project_id=project_id, kind=kind, name=name)
    return [usage for answer in answers for usage in answer]


def _lock_rules(project_id: UUID) -> None:
    """One edit of a project's rules at a time, and no writer of contacts beside it."""
    lock_alone("rules", project_id)


def _count(project_id: UUID, rule: Rule | None, *, is_kept: bool) -> dict[str, Any]:
    """The counts of an untracked rule. They are taken before the lock: that keeps writers out, and counting takes
    long."""
    if rule is None or is_kept:
        return {}
    found = count(matching(project_id, rule.condition))
    return {
        "member_count": found.total,
        "reachable_count": found.reachable,
        "member_count_at": func.clock_timestamp(),
    }


def _track(segment: Segment, is_tracked: bool) -> None:
    segment.track_membership = is_tracked
    if segment.type == STATIC:
        computing.catalogue_events(segment)
    elif is_tracked:
        computing.begin(segment, is_silent=True)
    else:
        computing.end_tracking(segment)
    db.session.flush()
    rules_edited(segment.project_id)
    _find_members(segment.project_id)


def _find_members(project_id: UUID) -> None:
    """Right after the commit in small projects, by a worker in others."""
    if not computing.computing(project_id):
        return
    if computing.is_small(project_id):
        after_commit(partial(catch_up, project_id))
    else:
        jobs.start(project_id, computing.REFRESH, {})


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
        _flush(segment)
        if segment.track_membership:
            computing.catalogue_events(segment)
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
