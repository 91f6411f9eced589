"""Being in another segment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement

from plunk.filters.fields import Kind
from plunk.filters.operator import Negation, Operator
from plunk.filters.said import said
from plunk.filters.targets import SegmentTarget


class MemberOfSegment(Operator):
    """Is a member."""

    key, label = "memberOfSegment", said("is a member")
    phrase = said("who are in {field}")
    kinds = (Kind.SEGMENT,)
    example = {"field": "segment.01890a5d-ac96-774b-bcce-b302099a8057", "operator": "memberOfSegment"}

    def sql(self, target: SegmentTarget, value: None) -> ColumnElement[bool]:
        return target.is_member

    def matches(self, actual: bool, value: None, now: datetime) -> bool:
        return actual


member = MemberOfSegment()

OPERATORS = (
    member,
    Negation("notMemberOfSegment", said("is not a member"), of=member, phrase=said("who are not in {field}")),
)
