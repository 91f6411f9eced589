"""Bulk jobs over HTTP."""

from __future__ import annotations

from typing import Any

from plunk.bulk import service
from plunk.bulk.schemas import BulkBody, BulkStarted, BulkView, MembersBulkBody
from plunk.contacts.upsert import Origin
from plunk.db.session import transaction
from plunk.errors import JobNotFound, SegmentNotFound
from plunk.jobs import service as jobs
from plunk.segments import service as segments
from plunk.segments.models import Segment
from plunk.web.access import access, project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("bulk", __name__, description="The same for many contacts, in the background")


@blueprint.route("/contacts/bulk-subscribe", methods=["POST"])
@blueprint.arguments(BulkBody)
@blueprint.response(202, BulkStarted)
def post_subscribe(body: dict[str, Any]) -> dict[str, Any]:
    """Subscribe many contacts, in the background."""
    return _start("contacts.subscribe", body)


@blueprint.route("/contacts/bulk-unsubscribe", methods=["POST"])
@blueprint.arguments(BulkBody)
@blueprint.response(202, BulkStarted)
def post_unsubscribe(body: dict[str, Any]) -> dict[str, Any]:
    """Unsubscribe many contacts, in the background."""
    return _start("contacts.unsubscribe", body)


@blueprint.route("/contacts/bulk-delete", methods=["POST"])
@blueprint.arguments(BulkBody)
@blueprint.response(202, BulkStarted)
def post_delete(body: dict[str, Any]) -> dict[str, Any]:
    """Delete many contacts with everything about them, in the background."""
    return _start("contacts.delete", body)


@blueprint.route("/segments/<segment_id>/members/bulk", methods=["POST"])
@blueprint.arguments(MembersBulkBody)
@blueprint.response(202, BulkStarted)
@blueprint.alt_response(400, description="SEGMENT_NOT_STATIC, or a fault in the condition")
def post_members(body: dict[str, Any], segment_id: str) -> dict[str, Any]:
    """Put many contacts into a static segment, or take them out, in the background."""
    segment = segments.get(project_id(), path_id(segment_id, SegmentNotFound))
    return _start(f"members.{body['action']}", body, segment)


@blueprint.route("/contacts/bulk/<job_id>")
@blueprint.response(200, BulkView)
def get_bulk(job_id: str) -> dict[str, Any]:
    """How a bulk job goes, and what became of each contact that was named by id."""
    return service.view(service.get(project_id(), path_id(job_id, JobNotFound)))


@blueprint.route("/contacts/bulk/<job_id>/cancel", methods=["POST"])
@blueprint.response(200, BulkView)
@blueprint.alt_response(409, description="JOB_ENDED")
def post_cancel(job_id: str) -> dict[str, Any]:
    """End a bulk job early. What is done stays done."""
    job = service.get(project_id(), path_id(job_id, JobNotFound))
    with transaction():
        jobs.cancel(job)
    return service.view(service.get(project_id(), job.id))


def _start(kind: str, body: dict[str, Any], segment: Segment | None = None) -> dict[str, Any]:
    origin = Origin("bulk", access().key_kind)
    with transaction():
        return {"jobId": service.start(kind, body["selection"], origin, segment=segment)}
