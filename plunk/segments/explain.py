"""Why somebody is in a segment, or is not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from plunk.contacts.service import get as get_contact
from plunk.errors import SegmentBroken
from plunk.filters.evaluate import trace
from plunk.filters.nodes import Condition, Filter, Group
from plunk.filters.walk import reads
from plunk.segments import profiles
from plunk.segments.failing import making
from plunk.segments.models import Segment
from plunk.segments.rules import broken_because, matching, members, parse


def explain(segment: Segment, contact_id: UUID) -> dict[str, Any]:
    """`{segmentId, contactId, matches, condition}`: the rule as a tree, each filter with the contact's value.

    A static segment has no rule to show. Raises ContactNotFound, SegmentBroken.
    """
    project_id = segment.project_id
    contact = get_contact(project_id, contact_id)
    answer: dict[str, Any] = {"segmentId": segment.id, "contactId": contact.id, "condition": None}
    if segment.type == "STATIC":
        return {**answer, "matches": profiles.is_true(contact_id, members(segment))}
    if problem := broken_because(segment):
        raise SegmentBroken(f"The rule of {segment.name!r} cannot be answered: {problem}")
    condition = parse(project_id, segment.condition).condition

    def ask_sql(leaf: Filter) -> bool:
        alone = Condition("AND", (Group((leaf,), None, False),))
        return profiles.is_true(contact_id, matching(project_id, alone))

    profile = profiles.load(project_id, contact_id, reads(condition))
    now = profiles.database_now()
    with making():
        tree = trace(condition, profile, now, ask_sql=ask_sql)
    return {**answer, "matches": tree["matches"], "condition": tree}
