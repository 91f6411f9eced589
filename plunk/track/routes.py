"""`POST /v1/track` and its batch."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from marshmallow import ValidationError

from plunk import clock
from plunk.config import settings
from plunk.contacts.upsert import Origin, Written
from plunk.db.session import transaction
from plunk.errors import InvalidInput, TooManyItems
from plunk.idempotency import service as idempotency
from plunk.track import service
from plunk.track.schemas import BatchAnswer, BatchBody, TrackAnswer, TrackBody
from plunk.web.access import access, open_to_public_keys, project_id
from plunk.web.blueprint import Blueprint
from plunk.web.requests import open_to_web_pages
from plunk.web.schema import problems

blueprint = Blueprint("track", __name__, description="The ingestion path")
_item = TrackBody()
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Runs once: a second use is refused, also while the first is in flight. Kept for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


@blueprint.route("/v1/track", methods=["POST"])
@open_to_public_keys
@open_to_web_pages
@blueprint.arguments(TrackBody)
@blueprint.response(200, TrackAnswer)
@blueprint.alt_response(409, description="IDEMPOTENCY_KEY_REUSED")
@blueprint.doc(parameters=[IDEMPOTENCY_KEY])
def post_track(body: dict[str, Any]) -> Response:
    """Track an event. Creates the contact if need be and merges `data` into it."""
    key = idempotency.check_key(request.headers.get("Idempotency-Key"))
    with transaction():
        if key is not None:
            idempotency.claim(project_id(), key, request="POST /v1/track", status_code=200)
        done = service.track(project_id(), body, _origin())
    return jsonify(success=True, data=_view(done))


@blueprint.route("/v1/track/batch", methods=["POST"])
@blueprint.arguments(BatchBody)
@blueprint.response(200, BatchAnswer)
def post_track_batch(body: dict[str, Any]) -> Response:
    """Track up to 1,000 events. Bad ones are named, the rest is committed."""
    items = body["events"]
    if len(items) > settings().max_batch_events:
        raise TooManyItems("events", settings().max_batch_events)
    outcomes = service.track_many(project_id(), [_load(item) for item in items], _origin())
    return jsonify(success=True, data={"results": [_view(outcome) for outcome in outcomes]})


def _load(item: Any) -> dict[str, Any] | InvalidInput:
    try:
        loaded: dict[str, Any] = _item.load(item)
        return loaded
    except ValidationError as problem:
        return InvalidInput(problems(problem.messages))


def _view(outcome: Written | InvalidInput) -> dict[str, Any]:
    """Ready for JSON, not for a schema to dump: this is the busiest answer of all."""
    if isinstance(outcome, Written):
        ids = {"contact": str(outcome.contact_id), "event": str(outcome.event_id)}
        return {**ids, "timestamp": outcome.event_at and clock.iso(outcome.event_at)}
    found = [{"field": p.field, "message": p.message, "code": p.code} for p in outcome.problems]
    return {"error": {"code": outcome.code, "message": outcome.message, "errors": found}}


def _origin() -> Origin:
    who = access()
    return Origin("track", who.key_kind, may_flip=who.key_kind == "secret" or who.public_key_may_subscribe)
