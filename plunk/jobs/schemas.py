"""How jobs look from outside."""

from __future__ import annotations

from marshmallow import fields, validate

from plunk.jobs.models import STATES
from plunk.web.fields import Id, Moment, PageSize, Text
from plunk.web.schema import PlunkSchema


class JobStarted(PlunkSchema):
    """The answer of every call that leaves work for the background."""

    jobId = Id(required=True, metadata={"description": "Ask GET /jobs/{id} how it goes."})


class JobView(PlunkSchema):
    """A job and how far it is."""

    id = Id(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    failedReason = fields.String(attribute="failed_reason", allow_none=True, required=True)
    progress = fields.Dict(required=True)
    result = fields.Dict(allow_none=True, required=True)
    createdAt = Moment(attribute="created_at", required=True)
    finishedAt = Moment(attribute="finished_at", allow_none=True, required=True)


class JobQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)
    kind = Text(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class JobPage(PlunkSchema):
    data = fields.List(fields.Nested(JobView), required=True)
    cursor = fields.String(allow_none=True, required=True)
    hasMore = fields.Boolean(required=True)
    total = fields.Integer(required=True, metadata={"description": "Exact on the first page, 0 after it."})
