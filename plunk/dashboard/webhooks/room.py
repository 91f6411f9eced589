"""The room, and its endpoints."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from plunk import clock
from plunk.accounts import audit
from plunk.dashboard.ground.room import Room
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.webhooks import service
from plunk.webhooks.models import PENDING, WebhookDelivery, WebhookEndpoint

room = Room("webhooks")
_SOON = timedelta(seconds=10)


def endpoint(webhook_id: UUID) -> WebhookEndpoint:
    """Raises WebhookNotFound."""
    return service.get(project_id(), webhook_id)


def write_down(action: str, endpoint: WebhookEndpoint, **details: object) -> None:
    """In the audit log."""
    audit.record(project_id(), actor(), f"webhook.{action}", subject=endpoint.url, **details)


def is_under_way(delivery: WebhookDelivery) -> bool:
    """Whether something happens to it while somebody looks."""
    return delivery.state == PENDING and delivery.due_at < clock.now() + _SOON
