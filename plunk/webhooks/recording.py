"""What came of attempts, written down: the next attempt, or the end; what failing does to an endpoint."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from plunk import clock
from plunk.accounts.service import rules_edited
from plunk.db.pipeline import Statement, run
from plunk.db.session import rows_changed
from plunk.webhooks.leasing import Leased
from plunk.webhooks.models import DELIVERED, FAILED, PENDING, WebhookEndpoint
from plunk.webhooks.retries import pause_after
from plunk.webhooks.sending import Outcome

log = logging.getLogger(__name__)

Done = tuple[Leased, Outcome]
Key = tuple[UUID, UUID]

EXCERPT = 1024
GIVEN_UP_AFTER = timedelta(days=5)
GONE_REASON = "It answered 410 Gone, which says that it wants no more webhooks."
FAILING_REASON = "It failed for 5 days without a single success. The last failure: {error}"

# Only who still holds the lease may write: when it ran out, another may be at it.
_NOTE = b"""
    UPDATE webhook_deliveries AS delivery SET
        state = done.state, is_first = false, attempts = delivery.attempts + 1, leased_until = NULL,
        due_at = now.moment + done.pause, finished_at = CASE WHEN done.state <> 'pending' THEN now.moment END,
        response_status = done.status, response_body = done.text, error = done.error, duration_ms = done.duration
    FROM unnest(
        %(projects)s::uuid[], %(endpoints)s::uuid[], %(ids)s::uuid[], %(leases)s::timestamptz[], %(states)s::text[],
        %(pauses)s::interval[], %(statuses)s::int[], %(texts)s::text[], %(errors)s::text[], %(durations)s::int[]
    ) AS done (project_id, endpoint_id, id, lease, state, pause, status, text, error, duration),
    (SELECT statement_timestamp() + %(moved)s::interval AS moment) AS now
    WHERE delivery.project_id = done.project_id AND delivery.endpoint_id = done.endpoint_id
        AND delivery.id = done.id AND delivery.leased_until = done.lease
"""

# A row is written only where that changes something, not at every delivery; locked in one order, whoever else does.
_MARK = b"""
    UPDATE webhook_endpoints AS endpoint
    SET failing_since =
        CASE WHEN NOT changed.is_healthy THEN statement_timestamp() + %(moved)s::interval END
    FROM (
        SELECT endpoint.project_id, endpoint.id, health.is_healthy
        FROM unnest(%(projects)s::uuid[], %(endpoints)s::uuid[], %(healthy)s::bool[])
            AS health (project_id, id, is_healthy)
        JOIN webhook_endpoints AS endpoint USING (project_id, id)
        WHERE (endpoint.failing_since IS NULL) <> health.is_healthy
        ORDER BY endpoint.project_id, endpoint.id
        FOR NO KEY UPDATE OF endpoint
    ) AS changed
    WHERE endpoint.project_id = changed.project_id AND endpoint.id = changed.id
"""

_FAILING_TOO_LONG = b"""
    SELECT endpoint.project_id, endpoint.id
    FROM unnest(%(projects)s::uuid[], %(endpoints)s::uuid[], %(healthy)s::bool[])
        AS health (project_id, id, is_healthy)
    JOIN webhook_endpoints AS endpoint USING (project_id, id)
    WHERE NOT health.is_healthy
        AND endpoint.failing_since < statement_timestamp() + %(moved)s::interval - %(age)s::interval
"""


def note(done: Sequence[Done]) -> dict[Key, str]:
    """Writes down what came of each delivery, and since when endpoints fail.

    Answers the endpoints that should now be disabled, each with the reason.
    """
    better = {_key(leased) for leased, outcome in done if outcome.is_success}
    worse = {_key(leased): outcome for leased, outcome in done if not outcome.is_success}
    healths = _healths(better, worse)
    statements = [
        Statement(_NOTE, _columns(done)),
        Statement(_MARK, healths),
        Statement(_FAILING_TOO_LONG, healths),
    ]
    *_, too_long = run(statements, prepare=False)
    reasons = {key: FAILING_REASON.format(error=worse[key].error) for key in too_long}
    return reasons | {key: GONE_REASON for key, outcome in worse.items() if outcome.is_gone}


def disable(endpoints: dict[Key, str]) -> None:
    """Turns endpoints off, each with its reason. In a transaction of its own: whoever edits an endpoint locks the
    project first, so this must not hold an endpoint before."""
    for (project_id, endpoint_id), reason in sorted(endpoints.items()):
        log.warning("the webhook %s of project %s is disabled: %s", endpoint_id, project_id, reason)
        rules_edited(project_id)
        rows_changed(
            update(WebhookEndpoint)
            .where(
                WebhookEndpoint.project_id == project_id,
                WebhookEndpoint.id == endpoint_id,
                WebhookEndpoint.enabled.is_(True),
            )
            .values(enabled=False, disabled_reason=reason, disabled_at=clock.sql_now())
        )


def _columns(done: Sequence[Done]) -> dict[str, Any]:
    verdicts = [_verdict(leased.attempts + 1, outcome) for leased, outcome in done]
    return {
        "moved": clock.moved_by,
        "projects": [leased.project_id for leased, _ in done],
        "endpoints": [leased.endpoint_id for leased, _ in done],
        "ids": [leased.id for leased, _ in done],
        "leases": [leased.until for leased, _ in done],
        "states": [state for state, _ in verdicts],
        "pauses": [pause for _, pause in verdicts],
        "statuses": [outcome.status for _, outcome in done],
        "texts": [_storable(outcome.text) for _, outcome in done],
        "errors": [_storable(outcome.error) for _, outcome in done],
        "durations": [round(outcome.seconds * 1000) for _, outcome in done],
    }


def _storable(text: str | None) -> str | None:
    """Strangers write these texts: what the database cannot hold is replaced."""
    if text is None:
        return None
    return text[:EXCERPT].encode(errors="replace").decode().replace("\x00", "\ufffd")


def _verdict(attempts: int, outcome: Outcome) -> tuple[str, timedelta]:
    """The state, and how long until the next attempt."""
    if outcome.is_success:
        return DELIVERED, timedelta(0)
    pause = pause_after(attempts, outcome.wish)
    if pause is None or outcome.is_gone or outcome.is_permanent:
        return FAILED, timedelta(0)
    return PENDING, pause


def _healths(better: Collection[Key], worse: Collection[Key]) -> dict[str, Any]:
    keys = sorted({*better, *worse})
    return {
        "moved": clock.moved_by,
        "projects": [project_id for project_id, _ in keys],
        "endpoints": [endpoint_id for _, endpoint_id in keys],
        "healthy": [key in better for key in keys],
        "age": GIVEN_UP_AFTER,
    }


def _key(leased: Leased) -> Key:
    return leased.project_id, leased.endpoint_id
