"""Bulk jobs as JSON."""

from __future__ import annotations

from marshmallow import fields, validate

from plunk.jobs.models import STATES
from plunk.segments.selection_schemas import SelectionBody
from plunk.web.fields import Id, Moment
from plunk.web.schema import PlunkSchema


class BulkBody(SelectionBody):
    """Which contacts: `contactIds`, or `filter` but for `excludeIds`. `{"filter": {}}` is all of them."""


class MembersBulkBody(SelectionBody):
    """Which contacts to put into a static segment, or to take out."""

    action = fields.String(load_default="add", validate=validate.OneOf(["add", "remove"]))


class BulkStarted(PlunkSchema):
    jobId = Id(required=True, metadata={"description": "Ask GET /contacts/bulk/{jobId} how it goes."})


class BulkProgress(PlunkSchema):
    rows = fields.Integer(required=True, metadata={"description": "Contacts that are done."})
    total = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many there were to do when it began."}
    )
    percent = fields.Integer(required=True)


class BulkResult(PlunkSchema):
    """Every contact that is done is in one of these."""

    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    notFound = fields.Integer(required=True)


class BulkItem(PlunkSchema):
    id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["changed", "unchanged", "notFound"]))


class BulkView(PlunkSchema):
    """A bulk job. `items` says what became of each contact that was named by id."""

    id = Id(required=True, attribute="job.id")
    kind = fields.String(required=True, attribute="job.kind")
    state = fields.String(required=True, attribute="job.state", validate=validate.OneOf(STATES))
    failedReason = fields.String(required=True, allow_none=True, attribute="job.failed_reason")
    segmentId = fields.String(required=True, allow_none=True)
    progress = fields.Nested(BulkProgress, required=True)
    result = fields.Nested(BulkResult, required=True)
    items_ = fields.List(
        fields.Nested(BulkItem), required=True, allow_none=True, attribute="items", data_key="items"
    )
    createdAt = Moment(required=True, attribute="job.created_at")
    finishedAt = Moment(required=True, allow_none=True, attribute="job.finished_at")
