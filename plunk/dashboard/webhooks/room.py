"""The room, and its endpoints."""

from __future__ import annotations

from uuid import UUID

from plunk.accounts import audit
from plunk.dashboard.ground.room import Room
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.webhooks import service
from plunk.webhooks.models import WebhookEndpoint

room = Room("webhooks")


def endpoint(webhook_id: UUID) -> WebhookEndpoint:
    """Raises WebhookNotFound."""
    return service.get(project_id(), webhook_id)


def write_down(action: str, endpoint: WebhookEndpoint, **details: object) -> None:
    """In the audit log."""
    audit.record(project_id(), actor(), f"webhook.{action}", subject=endpoint.url, **details)
