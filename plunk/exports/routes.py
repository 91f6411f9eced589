"""Exports over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response

from plunk.errors import SegmentNotFound
from plunk.exports.answers import GZIP, TYPES, file_of
from plunk.exports.schemas import ExportBody, ExportQuery, SegmentExportQuery
from plunk.segments import service as segments
from plunk.segments.selection import Selection
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("exports", __name__, description="Contacts as files")

_FILE: dict[str, Any] = {
    "description": "The file",
    "content": {name: {"schema": {"type": "string"}} for name in ("text/csv", TYPES["ndjson"], GZIP)},
}
"""What the answers are, for the documentation."""


@blueprint.route("/contacts/export")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(200)
@blueprint.doc(responses={"200": _FILE})
@blueprint.alt_response(400, description="The condition is no JSON, or no rule")
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def get_export(query: dict[str, Any]) -> Response:
    """Contacts as a file, as a stream: all, or those of a search, a subscription, a condition."""
    rule = query["condition"]
    selection = Selection(
        project_id(),
        search=query["search"],
        subscribed=query["subscribed"],
        condition=rule.raw if rule else None,
    )
    return _file(selection, query, name="contacts")


@blueprint.route("/contacts/export", methods=["POST"])
@blueprint.arguments(ExportBody)
@blueprint.response(200)
@blueprint.doc(responses={"200": _FILE})
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def post_export(body: dict[str, Any]) -> Response:
    """The same for contacts by id, or by a filter that is too long for a URL."""
    return _file(body["selection"], body, name="contacts")


@blueprint.route("/segments/<segment_id>/export")
@blueprint.arguments(SegmentExportQuery, location="query")
@blueprint.response(200)
@blueprint.doc(responses={"200": _FILE})
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def get_segment_export(query: dict[str, Any], segment_id: str) -> Response:
    """The members of a segment as a file, as a stream."""
    segment = segments.get(project_id(), path_id(segment_id, SegmentNotFound))
    selection = Selection(
        project_id(), search=query["search"], subscribed=query["subscribed"], segment_id=segment.id
    )
    return _file(selection, query, name=f"segment-{segment.slug}")


def _file(selection: Selection, wanted: dict[str, Any], *, name: str) -> Response:
    form = wanted["format"]
    has_bom = wanted["bom"] and form == "csv"
    return file_of(selection, form, name=name, is_gzipped=wanted["gzip"], has_bom=has_bom)
