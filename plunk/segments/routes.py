"""Segments over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from plunk.contacts import listing as contacts
from plunk.contacts.schemas import EmailList
from plunk.contacts.upsert import Origin
from plunk.db.session import transaction
from plunk.errors import ContactNotFound, SegmentNotFound
from plunk.jobs.schemas import JobStarted
from plunk.segments import counting, history, rules, service, static, waiting
from plunk.segments.explain import explain
from plunk.segments.failing import asking
from plunk.segments.growth import growth
from plunk.segments.listing import view, views
from plunk.segments.models import Segment
from plunk.segments.of_contact import segments_of
from plunk.segments.of_contact_schemas import SegmentsOfContact
from plunk.segments.schemas import (
    ComputeAnswer,
    ComputeBody,
    Explanation,
    Growth,
    GrowthQuery,
    HistoryPage,
    HistoryQuery,
    MembersAdded,
    MembersBody,
    MembersPage,
    MembersQuery,
    MembersRemoved,
    RefreshAnswer,
    SegmentBody,
    SegmentPatch,
    SegmentView,
)
from plunk.web.access import access, project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id
from plunk.web.pages import numbered_page

blueprint = Blueprint("segments", __name__, description="Saved rules and hand-kept lists")


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
    return view(segment, is_live=True)


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
    with asking():
        if query["cursor"] is not None:
            scope = f"segment:{segment.id}"
            return contacts.page_of(
                project_id(), where, limit=size, cursor=query["cursor"], scope=scope, total=_kept(segment)
            )
        page, total = query["page"], _kept(segment)
        rows = contacts.newest(where, limit=size, offset=(page - 1) * size)
        total = contacts.count(where) if total is None else total
    return numbered_page(rows, page=page, page_size=size, total=total)


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
    """Count the members now and keep the result. A broken segment is tried again: its operator may be mended."""
    with transaction():
        if _segment(segment_id).status == "broken":
            service.compute(project_id(), path_id(segment_id, SegmentNotFound), emits_existing=False)
    with transaction():
        return {"memberCount": counting.recount(_segment(segment_id)).total}


@blueprint.route("/segments/<segment_id>/compute", methods=["POST"])
@blueprint.arguments(ComputeBody)
@blueprint.response(200, ComputeAnswer)
@blueprint.alt_response(202, schema=JobStarted, description="Still at it: GET /jobs/{id}")
@blueprint.alt_response(400, description="SEGMENT_NOT_TRACKED")
def post_compute(body: dict[str, Any], segment_id: str) -> Any:
    """Find the members of a tracked segment anew; with `emitExisting`, tell of those who were in from the start."""
    known_id = path_id(segment_id, SegmentNotFound)
    with transaction():
        service.compute(project_id(), known_id, emits_existing=body["emitExisting"])
    done = waiting.until_computed(project_id(), known_id)
    if done is None:
        return jsonify(jobId=str(waiting.job_of(project_id()))), 202
    return done


@blueprint.route("/segments/<segment_id>/history")
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, HistoryPage)
def list_history(query: dict[str, Any], segment_id: str) -> dict[str, Any]:
    """Who came into a segment with tracked membership and who left it, newest first."""
    return history.page(_segment(segment_id), limit=query["limit"], cursor=query["cursor"])


@blueprint.route("/segments/<segment_id>/growth")
@blueprint.arguments(GrowthQuery, location="query")
@blueprint.response(200, Growth)
def get_growth(query: dict[str, Any], segment_id: str) -> dict[str, Any]:
    """A segment's members on each of the last days, as far back as they are known, with entries and exits."""
    segment = _segment(segment_id)
    seen = view(segment, is_live=True)
    now = (seen["memberCount"], seen["reachableCount"])
    return {"data": growth(segment, days=query["days"], now=now)}


@blueprint.route("/segments/<segment_id>/explain/<contact_id>")
@blueprint.response(200, Explanation)
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def get_explanation(segment_id: str, contact_id: str) -> dict[str, Any]:
    """Why a contact is in a segment or not: the rule as a tree, each filter with the contact's value."""
    return explain(_segment(segment_id), path_id(contact_id, ContactNotFound))


@blueprint.route("/contacts/<contact_id>/segments")
@blueprint.response(200, SegmentsOfContact)
def list_segments_of_contact(contact_id: str) -> dict[str, Any]:
    """The segments that a contact is in at this moment, and since when where that is known."""
    places, unjudged = segments_of(project_id(), path_id(contact_id, ContactNotFound))
    return {"data": places, "unknown": unjudged}


def _segment(segment_id: str) -> Segment:
    return service.get(project_id(), path_id(segment_id, SegmentNotFound))


def _kept(segment: Segment) -> int | None:
    """How many members it has, if that is known without counting."""
    if not segment.is_settled:
        return None
    return counting.kept(segment).total


def _origin() -> Origin:
    return Origin("api", access().key_kind)
