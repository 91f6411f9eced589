"""Segments as JSON, in and out."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, ValidationError, fields, validate, validates_schema

from plunk.contacts.schemas import Addresses, ContactView, EmailList
from plunk.errors import InvalidInput, Problem
from plunk.segments.rules import parse
from plunk.web.access import project_id
from plunk.web.fields import Coded, Days, Id, Moment, PageNumber, PageSize, Text, Truth, complain
from plunk.web.schema import PlunkSchema


class RuleField(fields.Dict):
    """A condition, understood; every fault in it is named by its path, which begins with `path`."""

    def __init__(self, *, path: str = "condition", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value is None and not self.allow_none:
            complain([Problem(self.path, "A rule must not be null", "null", is_malformed=True)])
        return super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return parse(project_id(), value, path=self.path)
        except InvalidInput as problem:
            return complain(problem.problems)


class SegmentView(PlunkSchema):
    """A segment."""

    id = Id(required=True, attribute="segment.id")
    projectId = Id(required=True, attribute="segment.project_id")
    name = fields.String(required=True, attribute="segment.name")
    slug = fields.String(required=True, attribute="segment.slug")
    description = fields.String(required=True, attribute="segment.description", allow_none=True)
    type = fields.String(
        required=True, attribute="segment.type", validate=validate.OneOf(["DYNAMIC", "STATIC"])
    )
    condition = fields.Dict(required=True, attribute="segment.condition", allow_none=True)
    trackMembership = fields.Boolean(required=True, attribute="segment.track_membership")
    memberCount = fields.Integer(required=True)
    reachableCount = fields.Integer(required=True)
    memberCountAt = Moment(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(["ready", "computing", "broken"]))
    statusReason = fields.String(required=True, allow_none=True)
    createdAt = Moment(required=True, attribute="segment.created_at")
    updatedAt = Moment(required=True, attribute="segment.updated_at")


class SegmentBody(PlunkSchema):
    """A new segment: DYNAMIC with a condition, or STATIC with members by address."""

    missing_is_malformed = True

    class Meta:
        unknown = RAISE

    name = Text(required=True, limit="max_segment_name", is_named=True)
    description = Text(load_default=None, allow_none=True, limit="max_description")
    type = fields.String(load_default="DYNAMIC", validate=validate.OneOf(["DYNAMIC", "STATIC"]))
    condition = RuleField(load_default=None, allow_none=True)
    trackMembership = Truth(load_default=False)
    emails = Addresses(load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _fits_its_type(self, data: Any, original: Any, **kwargs: Any) -> None:
        if not isinstance(original, dict):
            return
        is_static = original.get("type") == "STATIC"
        if is_static and original.get("condition") is not None:
            text = Coded("A static segment has no condition", "not_allowed", is_malformed=True)
            raise ValidationError(text, "condition")
        if not is_static and original.get("condition") is None:
            text = Coded("A dynamic segment needs a condition", "required", is_malformed=True)
            raise ValidationError(text, "condition")
        if not is_static and original.get("emails") is not None:
            text = Coded("Members are given to static segments only", "not_allowed")
            raise ValidationError(text, "emails")


class SegmentPatch(PlunkSchema):
    """What to change."""

    name = Text(limit="max_segment_name", is_named=True)
    description = Text(allow_none=True, limit="max_description")
    condition = RuleField()
    trackMembership = Truth()


class MembersBody(EmailList):
    """Contacts to put in, by address."""

    createMissing = Truth(load_default=False)
    subscribed = Truth(load_default=True)


class MembersAdded(PlunkSchema):
    added = fields.Integer(required=True)
    alreadyMembers = fields.Integer(required=True, attribute="already_members")
    created = fields.Integer(required=True)
    notFound = fields.List(fields.String(), required=True, attribute="not_found")


class MembersRemoved(PlunkSchema):
    removed = fields.Integer(required=True)
    notFound = fields.List(fields.String(), required=True, attribute="not_found")


class MembersQuery(PlunkSchema):
    page = PageNumber(load_default=1)
    pageSize = PageSize(load_default=20)
    cursor = fields.String(
        load_default=None, metadata={"description": "Empty to begin; then no page numbers."}
    )
    limit = PageSize(load_default=None)


class MembersPage(PlunkSchema):
    """By number: page, pageSize, totalPages. By key: cursor, hasMore."""

    data = fields.List(fields.Nested(ContactView), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer()
    pageSize = fields.Integer()
    totalPages = fields.Integer()
    cursor = fields.String(allow_none=True)
    hasMore = fields.Boolean()


class RefreshAnswer(PlunkSchema):
    memberCount = fields.Integer(required=True)


class ComputeBody(PlunkSchema):
    """May be left out."""

    body_is_optional = True

    emitExisting = Truth(load_default=False)


class ComputeAnswer(PlunkSchema):
    added = fields.Integer(required=True)
    removed = fields.Integer(required=True)
    total = fields.Integer(required=True)


class HistoryQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)


class Change(PlunkSchema):
    """An entry or an exit; the address of a contact that was deleted is null."""

    contactId = Id(required=True, attribute="contact_id")
    email = fields.String(required=True, allow_none=True)
    change = fields.Function(
        lambda row: "entry" if row.is_entry else "exit",
        required=True,
        metadata={"type": "string", "enum": ["entry", "exit"]},
    )
    at = Moment(required=True)


class HistoryPage(PlunkSchema):
    data = fields.List(fields.Nested(Change), required=True)
    cursor = fields.String(required=True, allow_none=True)
    hasMore = fields.Boolean(required=True)


class GrowthQuery(PlunkSchema):
    days = Days(load_default=30)


class GrowthPoint(PlunkSchema):
    """A day (UTC). Entries and exits are known where membership is tracked."""

    date = fields.Date(required=True)
    members = fields.Integer(required=True)
    reachable = fields.Integer(required=True)
    entries = fields.Integer(required=True)
    exits = fields.Integer(required=True)


class Growth(PlunkSchema):
    """Oldest day first, today last with the members of now."""

    data = fields.List(fields.Nested(GrowthPoint), required=True)


class Explanation(PlunkSchema):
    segmentId = Id(required=True)
    contactId = Id(required=True)
    matches = fields.Boolean(required=True)
    condition = fields.Dict(required=True, allow_none=True)
