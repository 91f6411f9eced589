"""Endpoints: making, changing and deleting them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from plunk import clock
from plunk.accounts.service import rules_edited
from plunk.config import settings
from plunk.db.base import db, new_id
from plunk.db.pipeline import Statement, run
from plunk.errors import InvalidInput, Problem
from plunk.signing.seals import seal
from plunk.signing.webhooks import new_secret
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor
from plunk.webhooks.errors import WebhookNotFound
from plunk.webhooks.models import WebhookEndpoint
from plunk.webhooks.patterns import names_segment

_LISTENING = (
    b"SELECT id, events FROM webhook_endpoints WHERE project_id = %(project)s AND enabled ORDER BY id"
)


def get(project_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """Raises WebhookNotFound."""
    endpoint = db.session.get(WebhookEndpoint, (project_id, endpoint_id))
    if endpoint is None:
        raise WebhookNotFound
    return endpoint


def list_endpoints(project_id: UUID, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of the project's endpoints, newest first."""
    scope = f"webhooks:{project_id}"
    of_project = WebhookEndpoint.project_id == project_id
    statement = select(WebhookEndpoint).where(of_project).order_by(WebhookEndpoint.id.desc())
    total = 0
    if cursor:
        statement = statement.where(WebhookEndpoint.id < decode_cursor(scope, cursor, is_time=True)[1])
    else:
        total = _count(project_id)
    rows = list(db.session.scalars(statement.limit(limit + 1)))
    return cursor_page(
        rows, limit=limit, total=total, cursor_of=lambda row: encode_cursor(scope, row.created_at, row.id)
    )


def listening(project_id: UUID) -> dict[UUID, list[str]]:
    """What each enabled endpoint wants to hear of: its patterns, by its id. Asked for every fact."""
    (rows,) = run([Statement(_LISTENING, {"project": project_id})])
    return dict(rows)


def naming(project_id: UUID, event: str) -> list[tuple[UUID, str]]:
    """Id and URL of endpoints, disabled ones too, that want a segment's event and name the segment by its slug."""
    found = select(WebhookEndpoint.id, WebhookEndpoint.url, WebhookEndpoint.events).where(
        WebhookEndpoint.project_id == project_id
    )
    rows = db.session.execute(found.order_by(WebhookEndpoint.id))
    return [(row.id, row.url) for row in rows if any(names_segment(each, event) for each in row.events)]


def create(
    project_id: UUID,
    *,
    url: str,
    events: list[str],
    enabled: bool,
    description: str | None,
    endpoint_id: UUID | None = None,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, under an id of the caller's own if there is one, and its secret, which cannot be read again.
    Raises InvalidInput when there are too many."""
    rules_edited(project_id)  # First: it makes others wait, so that two cannot both be the last one allowed.
    if _count(project_id) >= settings().max_webhooks:
        message = f"A project has at most {settings().max_webhooks} webhooks"
        raise InvalidInput([Problem("webhooks", message, "too_many")])
    secret = new_secret()
    endpoint = WebhookEndpoint(
        project_id=project_id,
        id=endpoint_id or new_id(),
        url=url,
        events=events,
        description=description,
        enabled=enabled,
        disabled_at=None if enabled else _now(),
        secret=seal(secret),
        created_at=_now(),
        updated_at=_now(),
    )
    db.session.add(endpoint)
    _flush(endpoint)
    return endpoint, secret


def change(project_id: UUID, endpoint_id: UUID, changes: Mapping[str, Any]) -> WebhookEndpoint:
    """Sets the given ones of `url`, `events`, `description`, `enabled`; raises WebhookNotFound.

    A new address, or being enabled, begins a new record of failures.
    """
    rules_edited(project_id)
    endpoint = get(project_id, endpoint_id)
    was_enabled = endpoint.enabled
    is_fresh = changes.get("enabled") or changes.get("url", endpoint.url) != endpoint.url
    for name, value in changes.items():
        setattr(endpoint, name, value)
    if is_fresh:
        endpoint.failing_since = None
    if endpoint.enabled:
        endpoint.disabled_reason = endpoint.disabled_at = None
    elif was_enabled:
        endpoint.disabled_at = _now()
    if db.session.is_modified(endpoint):
        endpoint.updated_at = _now()
    _flush(endpoint)
    return endpoint


def rotate(project_id: UUID, endpoint_id: UUID, *, overlap: timedelta) -> tuple[WebhookEndpoint, str]:
    """A new secret; the one before it goes on signing beside it for so long. Raises WebhookNotFound."""
    rules_edited(project_id)  # Two rotations at once would hand out a secret that never signs.
    endpoint = get(project_id, endpoint_id)
    secret = new_secret()
    endpoint.previous_secret = endpoint.secret if overlap else None
    endpoint.previous_secret_until = _now() + overlap if overlap else None
    endpoint.secret = seal(secret)
    endpoint.updated_at = _now()
    _flush(endpoint)
    return endpoint, secret


def remove(project_id: UUID, endpoint_id: UUID) -> None:
    """Raises WebhookNotFound. Deliveries are left to `upkeep`, which removes them bit by bit."""
    rules_edited(project_id)
    db.session.delete(get(project_id, endpoint_id))


def _count(project_id: UUID) -> int:
    count = select(func.count()).select_from(WebhookEndpoint)
    return db.session.scalar(count.where(WebhookEndpoint.project_id == project_id)) or 0


def _flush(endpoint: WebhookEndpoint) -> None:
    db.session.flush()
    db.session.refresh(endpoint)


def _now() -> ColumnElement[Any]:
    return func.date_trunc("milliseconds", clock.sql_now())
