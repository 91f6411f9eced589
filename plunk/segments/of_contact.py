"""Which segments a contact is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk.accounts.service import rules_version
from plunk.contacts.service import get as get_contact
from plunk.db.base import db
from plunk.filters.profile import Profile
from plunk.segments import profiles, sql_leaves
from plunk.segments.failing import reason
from plunk.segments.judging import SqlAnswers
from plunk.segments.models import Membership
from plunk.segments.rulebook import Entry, Rule, Rulebook, rulebook


@dataclass(frozen=True)
class Place:
    """A segment that a contact is in. `since` is None where it is not known: in segments that keep no members, and for
    those whom a tracked one had from the start."""

    segment: Entry
    since: datetime | None


@dataclass(frozen=True)
class Unjudged:
    """A segment of which nobody can say whether the contact is in, and why not."""

    segment: Entry
    reason: str


def segments_of(project_id: UUID, contact_id: UUID) -> tuple[list[Place], list[Unjudged]]:
    """By name: from the rows of segments that keep members; of the others, those whose rule matches at this moment.

    Raises ContactNotFound.
    """
    contact = get_contact(project_id, contact_id)
    book = rulebook(project_id, rules_version(project_id))
    rows = _rows(project_id, contact_id)
    places = [_kept(book.segments[each], rows[each]) for each in rows if _is_settled(book, each)]
    unjudged = []
    live = _Live(book, contact, frozenset(rows))
    for segment in book.segments.values():
        if not segment.is_settled:
            found = live.judge(segment)
            if isinstance(found, Unjudged):
                unjudged.append(found)
            elif found:
                places.append(Place(segment, None))
    return sorted(places, key=_name), sorted(unjudged, key=_name)


class _Live:
    """One contact, and what the rules of segments without rows say of it."""

    def __init__(self, book: Rulebook, contact: Any, rows: frozenset[UUID]) -> None:
        self.book, self.now = book, profiles.database_now()
        rules = [rule for rule in book.inline.values() if not rule.segment.is_settled]
        answers = _ask_sql(contact.project_id, contact.id, rules)
        place = (contact.project_id, contact.id)

        def is_member(segment_id: UUID) -> bool:
            if book.segments[segment_id].is_settled:
                return segment_id in rows
            return book.inline[segment_id].predicate(self.profile, self.now)

        self.profile = Profile(
            email=contact.email,
            subscribed=contact.subscribed,
            created_at=contact.created_at,
            updated_at=contact.updated_at,
            data=contact.data,
            activity=profiles.activity_of(*place, _union(rule.reads.events for rule in rules)),
            events=profiles.events_of(*place, _union(rule.reads.event_rows for rule in rules)),
            is_member=is_member,
            sql_answers=answers.matches,
        )

    def judge(self, segment: Entry) -> bool | Unjudged:
        if segment.id in self.book.broken:
            return Unjudged(segment, self.book.broken[segment.id])
        try:
            return bool(self.book.inline[segment.id].predicate(self.profile, self.now))
        except Exception as problem:  # a plugin's operator may do anything; what it did is shown
            return Unjudged(segment, reason(problem))


def _ask_sql(project_id: UUID, contact_id: UUID, rules: Iterable[Rule]) -> SqlAnswers:
    leaves = [leaf for rule in rules for leaf in rule.sql_leaves]
    return sql_leaves.ask(project_id, [contact_id], leaves)[contact_id]


def _rows(project_id: UUID, contact_id: UUID) -> dict[UUID, tuple[datetime, bool]]:
    """`(since, is announced)` by segment."""
    found = select(Membership.segment_id, Membership.created_at, Membership.is_announced).where(
        Membership.project_id == project_id, Membership.contact_id == contact_id
    )
    return {row.segment_id: (row.created_at, row.is_announced) for row in db.session.execute(found)}


def _is_settled(book: Rulebook, segment_id: UUID) -> bool:
    return segment_id in book.segments and book.segments[segment_id].is_settled


def _kept(segment: Entry, row: tuple[datetime, bool]) -> Place:
    """Who was put into a static segment came at that moment, told or not."""
    at, is_announced = row
    return Place(segment, at if segment.is_static or is_announced else None)


def _union(names: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*names)


def _name(each: Place | Unjudged) -> tuple[str, UUID]:
    return each.segment.name.casefold(), each.segment.id
