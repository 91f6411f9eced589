"""What another rule would do to a segment, before it is saved."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.errors import SegmentNotDynamic
from plunk.segments import references
from plunk.segments.counting import kept_count
from plunk.segments.failing import asking
from plunk.segments.models import Segment
from plunk.segments.rules import Rule, matching, members
from plunk.segments.service import STATIC, list_segments


@dataclass(frozen=True)
class Forecast:
    """How many would come in, go and stay; how many members there would be then, and how many mail would reach."""

    enter: int
    leave: int
    stay: int
    total: int
    reachable: int


def forecast(segment: Segment, rule: Rule) -> Forecast:
    """Compares a dynamic segment's members with those of the rule, at one moment.

    Raises SegmentNotDynamic, SegmentBroken, and InvalidInput where saving the rule would: a ring, too long a chain.
    """
    if segment.type == STATIC:
        raise SegmentNotDynamic("A static segment has no rule")
    _check_references(segment, rule)
    after, now = matching(segment.project_id, rule.condition), members(segment)
    old = select(func.count()).select_from(Contact).where(*now)
    if segment.is_settled:
        old = kept_count(segment)
    both = select(func.count()).select_from(Contact).where(*after, *now)
    # Three counts in one statement, which sees one moment. The union of both rules would be one scan, but an OR of
    # rules on events has none of the plans that each of them has alone.
    counts = (
        select(
            func.count(),
            func.count().filter(Contact.subscribed),
            old.scalar_subquery().correlate(None),
            both.scalar_subquery().correlate(None),
        )
        .select_from(Contact)
        .where(*after)
    )
    with asking():
        total, reachable, before, stay = db.session.execute(counts).one()
    return Forecast(total - stay, before - stay, stay, total, reachable)


def _check_references(segment: Segment, rule: Rule) -> None:
    """As if the rule were saved."""
    others = [each for each in list_segments(segment.project_id) if each.id != segment.id]
    changed = Segment(
        project_id=segment.project_id,
        id=segment.id,
        name=segment.name,
        slug=segment.slug,
        condition=rule.raw,
    )
    references.check([changed, *others], changed=segment.id)
