"""Who uses a thing, as JSON."""

from __future__ import annotations

from marshmallow import fields

from plunk.web.schema import PlunkSchema


class Usage(PlunkSchema):
    type = fields.String(required=True, metadata={"description": "segment, campaign or workflow"})
    id = fields.String(required=True)
    name = fields.String(required=True)


class UsageList(PlunkSchema):
    usages = fields.List(fields.Nested(Usage), required=True)
