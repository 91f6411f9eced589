"""The segments of one contact, as JSON."""

from __future__ import annotations

from marshmallow import fields

from plunk.web.fields import Id, Moment
from plunk.web.schema import PlunkSchema


class SegmentInShort(PlunkSchema):
    id = Id(required=True, attribute="segment.id")
    name = fields.String(required=True, attribute="segment.name")
    slug = fields.String(required=True, attribute="segment.slug")
    type = fields.Function(
        lambda each: "STATIC" if each.segment.is_static else "DYNAMIC",
        required=True,
        metadata={"type": "string", "enum": ["DYNAMIC", "STATIC"]},
    )
    trackMembership = fields.Boolean(required=True, attribute="segment.is_tracked")


class SegmentOfContact(SegmentInShort):
    """`since` is null where it is not known: in segments that keep no members, and for members from the start."""

    since = Moment(required=True, allow_none=True)


class UnknownSegment(SegmentInShort):
    """A segment whose rule cannot be answered."""

    statusReason = fields.String(required=True, attribute="reason")


class SegmentsOfContact(PlunkSchema):
    """By name."""

    data = fields.List(fields.Nested(SegmentOfContact), required=True)
    # marshmallow keeps `unknown` for itself.
    unknown_ = fields.List(
        fields.Nested(UnknownSegment), required=True, attribute="unknown", data_key="unknown"
    )
