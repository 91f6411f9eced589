"""Webhooks over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response

from plunk.db.session import transaction
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id
from plunk.webhooks import deliveries, service
from plunk.webhooks.errors import DeliveryNotFound, WebhookNotFound
from plunk.webhooks.models import WebhookDelivery, WebhookEndpoint
from plunk.webhooks.schemas import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    ListQuery,
    ReplayAnswer,
    ReplayBody,
    RotateQuery,
    WebhookBody,
    WebhookPage,
    WebhookPatch,
    WebhookView,
    WebhookWithSecret,
)

blueprint = Blueprint("webhooks", __name__, description="Who is told of what happens")


@blueprint.route("/webhooks", methods=["POST"])
@blueprint.arguments(WebhookBody)
@blueprint.response(201, WebhookWithSecret)
def post_webhook(body: dict[str, Any]) -> dict[str, Any]:
    """Create a webhook. Its secret is shown this once."""
    with transaction():
        return _with_secret(*service.create(project_id(), **body))


@blueprint.route("/webhooks")
@blueprint.arguments(ListQuery, location="query")
@blueprint.response(200, WebhookPage)
def list_webhooks(query: dict[str, Any]) -> dict[str, Any]:
    """The project's webhooks, newest first."""
    return service.list_endpoints(project_id(), **query)


@blueprint.route("/webhooks/<webhook_id>")
@blueprint.response(200, WebhookView)
def get_webhook(webhook_id: str) -> WebhookEndpoint:
    """One webhook."""
    return _endpoint(webhook_id)


@blueprint.route("/webhooks/<webhook_id>", methods=["PATCH"])
@blueprint.arguments(WebhookPatch)
@blueprint.response(200, WebhookView)
def patch_webhook(body: dict[str, Any], webhook_id: str) -> WebhookEndpoint:
    """Change a webhook, or turn it off and on; what waits for it is sent when it is on again."""
    with transaction():
        return service.change(project_id(), _id(webhook_id), body)


@blueprint.route("/webhooks/<webhook_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_webhook(webhook_id: str) -> Response:
    """Delete a webhook with its deliveries."""
    with transaction():
        service.remove(project_id(), _id(webhook_id))
    return Response(status=204)


@blueprint.route("/webhooks/<webhook_id>/rotate", methods=["POST"])
@blueprint.arguments(RotateQuery, location="query")
@blueprint.response(200, WebhookWithSecret)
def post_rotation(query: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """Make a new secret, shown this once; the old one signs beside it for a day, or as long as you say."""
    with transaction():
        overlap = timedelta(hours=query["overlapHours"])
        return _with_secret(*service.rotate(project_id(), _id(webhook_id), overlap=overlap))


@blueprint.route("/webhooks/<webhook_id>/test", methods=["POST"])
@blueprint.response(202, DeliveryView)
@blueprint.alt_response(409, description="WEBHOOK_DISABLED")
def post_test(webhook_id: str) -> WebhookDelivery:
    """Send an example event, `webhook.test`."""
    with transaction():
        return deliveries.send_test(_endpoint(webhook_id))


@blueprint.route("/webhooks/<webhook_id>/deliveries")
@blueprint.arguments(DeliveryQuery, location="query")
@blueprint.response(200, DeliveryPage)
def list_deliveries(query: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """What was sent to a webhook or waits to be, newest first."""
    return deliveries.list_deliveries(_endpoint(webhook_id), **query)


@blueprint.route("/webhooks/<webhook_id>/deliveries/<delivery_id>/replay", methods=["POST"])
@blueprint.response(202, DeliveryView)
def post_replay(webhook_id: str, delivery_id: str) -> WebhookDelivery:
    """Send one delivery again, with the same `webhook-id`."""
    with transaction():
        return deliveries.replay(_endpoint(webhook_id), path_id(delivery_id, DeliveryNotFound))


@blueprint.route("/webhooks/<webhook_id>/replay", methods=["POST"])
@blueprint.arguments(ReplayBody)
@blueprint.response(202, ReplayAnswer)
def post_replay_since(body: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """Send all deliveries since a moment again, delivered ones too unless a `state` is given."""
    replayed, last = 0, None
    while True:
        with transaction():  # Each batch its own: nobody waits for a hundred thousand rows.
            number, last = deliveries.replay_batch(
                _endpoint(webhook_id), body["since"], after=last, state=body["state"]
            )
        replayed += number
        if last is None:
            return {"replayed": replayed}


def _id(webhook_id: str) -> UUID:
    return path_id(webhook_id, WebhookNotFound)


def _endpoint(webhook_id: str) -> WebhookEndpoint:
    return service.get(project_id(), _id(webhook_id))


def _with_secret(endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
    columns = {column.key: getattr(endpoint, column.key) for column in endpoint.__table__.columns}
    return {**columns, "secret": secret}
