"""How imports look from outside."""

from __future__ import annotations

from marshmallow import fields, validate

from plunk.jobs.models import STATES
from plunk.web.fields import Id, Moment, PageSize
from plunk.web.schema import PlunkSchema


class ImportForm(PlunkSchema):
    """The form that comes with a file; for the documentation, `plunk.imports.forms` reads it."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "A CSV file."}
    )
    mapping = fields.String(
        metadata={
            "description": 'JSON: `{"Column": "field"}`, `{"Column": {"field": "plan", "type": "string"}}`, or null to'
            " skip a column."
        }
    )
    segmentId = Id(metadata={"description": "A static segment that all contacts of the file are put into."})
    subscribed = fields.Boolean(metadata={"description": "For rows that do not say so themselves."})
    resubscribe = fields.Boolean(metadata={"description": "Also bring back who opted out. Default: false."})
    encoding = fields.String(metadata={"description": "Such as windows-1252; detected unless given."})
    delimiter = fields.String(
        metadata={"description": "comma, semicolon, tab, pipe or a character; detected."}
    )


class ImportStarted(PlunkSchema):
    message = fields.String(required=True)
    jobId = Id(required=True, metadata={"description": "Ask GET /contacts/import/{jobId} how it goes."})
    ignoredColumns = fields.List(fields.String(), required=True)


class PreviewColumn(PlunkSchema):
    name = fields.String(required=True)
    field = fields.String(required=True, allow_none=True)
    type = fields.String(required=True, allow_none=True)
    holdsCodes = fields.Boolean(required=True)
    samples = fields.List(fields.String(), required=True)


class PreviewRow(PlunkSchema):
    line = fields.Integer(required=True)
    cells = fields.List(fields.String(), required=True)
    problem = fields.String(required=True, allow_none=True)


class PreviewProblem(PlunkSchema):
    line = fields.Integer(required=True)
    message = fields.String(required=True)


class ImportPreview(PlunkSchema):
    """What an import of a file would do, judged by its first rows."""

    encoding = fields.String(required=True)
    delimiter = fields.String(required=True)
    columns = fields.List(fields.Nested(PreviewColumn), required=True)
    rows = fields.List(fields.Nested(PreviewRow), required=True)
    problems = fields.List(fields.Nested(PreviewProblem), required=True)
    problemCount = fields.Integer(required=True)
    lookedAt = fields.Integer(required=True, metadata={"description": "Rows looked at."})
    isAll = fields.Boolean(required=True, metadata={"description": "Whether those are all rows of the file."})


class ImportProgress(PlunkSchema):
    rows = fields.Integer(required=True)
    percent = fields.Integer(required=True)


class ImportResult(PlunkSchema):
    """Every row that was read is in one of these."""

    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    skipped = fields.Integer(required=True)


class ImportView(PlunkSchema):
    id = Id(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    failedReason = fields.String(required=True, allow_none=True)
    progress = fields.Nested(ImportProgress, required=True)
    result = fields.Nested(ImportResult, required=True)
    errorsUrl = fields.String(required=True, allow_none=True)
    fileName = fields.String(required=True, allow_none=True)
    segmentId = Id(required=True, allow_none=True)
    createdAt = Moment(required=True)
    finishedAt = Moment(required=True, allow_none=True)


class ImportQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class ImportPage(PlunkSchema):
    data = fields.List(fields.Nested(ImportView), required=True)
    cursor = fields.String(allow_none=True, required=True)
    hasMore = fields.Boolean(required=True)
    total = fields.Integer(required=True, metadata={"description": "Exact on the first page, 0 after it."})
