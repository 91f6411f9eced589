"""Segments over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response

from plunk.contacts import listing as contacts
from plunk.contacts.schemas import EmailList
from plunk.contacts.upsert import Origin
from plunk.db.session import transaction
from plunk.errors import ContactNotFound, SegmentNotFound
from plunk.segments import counting, rules, service, static, vocabulary
from plunk.segments.explain import explain
from plunk.segments.listing import view, views
from plunk.segments.models import Segment
from plunk.segments.schemas import (
    Explanation,
    MembersAdded,
    MembersBody,
    MembersPage,
    MembersQuery,
    MembersRemoved,
    PreviewAnswer,
    PreviewBody,
    RefreshAnswer,
    SegmentBody,
    SegmentPatch,
    SegmentView,
    VocabularyView,
)
from plunk.web.access import access, project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id
from plunk.web.pages import numbered_page

blueprint = Blueprint("segments", __name__, description="Saved rules and hand-kept lists")
SAMPLE = 10


@blueprint.route("/segments", methods=["POST"])
@blueprint.arguments(SegmentBody)
@blueprint.response(201, SegmentView)
@blueprint.alt_response(409, description="SEGMENT_NAME_TAKEN")
def post_segment(body: dict[str, Any]) -> dict[str, Any]:
    """Create a segment."""
    with transaction():
        segment = service.create(
            project_id(),
            name=body["name"],
            kind=body["type"],
            description=body["description"],
            rule=body["condition"],
            track_membership=body["trackMembership"],
            emails=body["emails"] or [],
            origin=_origin(),
        )
        return view(segment)


@blueprint.route("/segments")
@blueprint.response(200, SegmentView(many=True))
def list_segments() -> list[dict[str, Any]]:
    """All segments, newest first."""
    return views(project_id())


@blueprint.route("/segments/vocabulary")
@blueprint.response(200, VocabularyView)
def get_vocabulary() -> dict[str, Any]:
    """What rules can say: fields, operators, units, with labels."""
    return vocabulary.describe(project_id())


@blueprint.route("/segments/preview", methods=["POST"])
@blueprint.arguments(PreviewBody)
@blueprint.response(200, PreviewAnswer)
def post_preview(body: dict[str, Any]) -> dict[str, Any]:
    """Who would be in a segment with this condition; nothing is saved."""
    where = rules.matching(project_id(), body["condition"].condition)
    found = counting.count(where)
    return {
        "count": found.total,
        "reachable": found.reachable,
        "sample": contacts.newest(where, limit=SAMPLE),
    }


@blueprint.route("/segments/<segment_id>")
@blueprint.response(200, SegmentView)
def get_segment(segment_id: str) -> dict[str, Any]:
    """One segment, its members counted now."""
    return view(_segment(segment_id), is_live=True)


@blueprint.route("/segments/<segment_id>", methods=["PATCH"])
@blueprint.arguments(SegmentPatch)
@blueprint.response(200, SegmentView)
@blueprint.alt_response(409, description="SEGMENT_NAME_TAKEN or SEGMENT_SLUG_IN_USE")
def patch_segment(body: dict[str, Any], segment_id: str) -> dict[str, Any]:
    """Change a segment's name, description, condition or tracking."""
    description = {"description": body["description"]} if "description" in body else {}
    with transaction():
        segment = service.change(
            project_id(),
            path_id(segment_id, SegmentNotFound),
            name=body.get("name"),
            rule=body.get("condition"),
            track_membership=body.get("trackMembership"),
            **description,
        )
        return view(segment)


@blueprint.route("/segments/<segment_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.alt_response(409, description="SEGMENT_IN_USE")
def delete_segment(segment_id: str) -> Response:
    """Delete a segment; its contacts stay."""
    with transaction():
        service.remove(project_id(), path_id(segment_id, SegmentNotFound))
    return Response(status=204)


@blueprint.route("/segments/<segment_id>/contacts")
@blueprint.arguments(MembersQuery, location="query")
@blueprint.response(200, MembersPage)
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def list_members(query: dict[str, Any], segment_id: str) -> dict[str, Any]:
    """Who is in a segment now, newest first; by page, or by key with `cursor` (empty to begin)."""
    segment = _segment(segment_id)
    where = rules.members(segment)
    size = query["limit"] or query["pageSize"]
    if query["cursor"] is not None:
        scope = f"segment:{segment.id}"
        return contacts.page_of(project_id(), where, limit=size, cursor=query["cursor"], scope=scope)
    page = query["page"]
    rows = contacts.newest(where, limit=size, offset=(page - 1) * size)
    return numbered_page(rows, page=page, page_size=size, total=contacts.count(where))


@blueprint.route("/segments/<segment_id>/members", methods=["POST"])
@blueprint.arguments(MembersBody)
@blueprint.response(200, MembersAdded)
def post_members(body: dict[str, Any], segment_id: str) -> static.Added:
    """Put contacts into a static segment, by address."""
    with transaction():
        return static.add(
            _segment(segment_id),
            body["emails"],
            origin=_origin(),
            create_missing=body["createMissing"],
            subscribed=body["subscribed"],
        )


@blueprint.route("/segments/<segment_id>/members", methods=["DELETE"])
@blueprint.arguments(EmailList)
@blueprint.response(200, MembersRemoved)
def delete_members(body: dict[str, Any], segment_id: str) -> static.Removed:
    """Take contacts out of a static segment, by address."""
    with transaction():
        return static.remove(_segment(segment_id), body["emails"])


@blueprint.route("/segments/<segment_id>/refresh", methods=["POST"])
@blueprint.response(200, RefreshAnswer)
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def post_refresh(segment_id: str) -> dict[str, Any]:
    """Count the members now and keep the result."""
    with transaction():
        return {"memberCount": counting.recount(_segment(segment_id)).total}


@blueprint.route("/segments/<segment_id>/explain/<contact_id>")
@blueprint.response(200, Explanation)
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def get_explanation(segment_id: str, contact_id: str) -> dict[str, Any]:
    """Why a contact is in a segment or not: the rule as a tree, each filter with the contact's value."""
    return explain(_segment(segment_id), path_id(contact_id, ContactNotFound))


def _segment(segment_id: str) -> Segment:
    return service.get(project_id(), path_id(segment_id, SegmentNotFound))


def _origin() -> Origin:
    return Origin("api", access().key_kind)
