"""What an export is asked for."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from plunk.config import settings
from plunk.errors import InvalidJson, Problem
from plunk.exports.layouts import FORMATS
from plunk.segments.schemas import RuleField
from plunk.segments.selection_schemas import SelectionBody
from plunk.web.body import parse
from plunk.web.fields import QueryTruth, Text, Truth, complain
from plunk.web.schema import PlunkSchema


class QueryRule(RuleField):
    """A condition as JSON text in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            found = parse(str(value).encode(errors="surrogatepass"), max_depth=settings().max_json_depth)
        except InvalidJson as problem:
            complain([Problem(self.path, problem.message, "json", is_malformed=True)])
        return super()._deserialize(found, *args, **kwargs)


class SegmentExportQuery(PlunkSchema):
    """Members for whom all of this holds, and in which form."""

    search = Text(load_default=None, metadata={"description": "A part of the address, in any case."})
    subscribed = QueryTruth(load_default=None)
    format = fields.String(load_default="csv", validate=validate.OneOf(FORMATS))
    gzip = QueryTruth(load_default=False, metadata={"description": "The file comes compressed, as `….gz`."})
    bom = QueryTruth(
        load_default=False,
        metadata={"description": "CSV begins with the mark by which Excel knows UTF-8."},
    )


class ExportQuery(SegmentExportQuery):
    """Contacts for whom all of this holds, and in which form."""

    condition = QueryRule(
        load_default=None, metadata={"description": "A rule as JSON. Long ones go into the body of a POST."}
    )


class ExportBody(SelectionBody):
    """Which contacts, and in which form. `{"filter": {}}` is all of them."""

    format = fields.String(load_default="csv", validate=validate.OneOf(FORMATS))
    gzip = Truth(load_default=False)
    bom = Truth(load_default=False)
