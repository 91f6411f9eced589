"""Deliveries grow old: they are removed bit by bit, and so are those of endpoints that are gone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from plunk import clock
from plunk.config import settings
from plunk.db.base import least_id
from plunk.db.pipeline import Statement, run

BATCH = 5_000
MOST_BATCHES = 20
_GREATEST_ID = UUID(int=2**128 - 1)

# Ids carry their moment, so the primary key finds what is old, endpoint by endpoint.
_DELETE = b"""
    WITH RECURSIVE endpoints AS (
        (SELECT project_id, endpoint_id FROM webhook_deliveries ORDER BY project_id, endpoint_id LIMIT 1)
        UNION ALL
        SELECT next.project_id, next.endpoint_id FROM endpoints CROSS JOIN LATERAL (
            SELECT project_id, endpoint_id FROM webhook_deliveries
            WHERE (project_id, endpoint_id) > (endpoints.project_id, endpoints.endpoint_id)
            ORDER BY project_id, endpoint_id LIMIT 1
        ) AS next
    ), old AS (
        SELECT delivery.project_id, delivery.endpoint_id, delivery.id
        FROM endpoints
        LEFT JOIN webhook_endpoints AS endpoint
            ON endpoint.project_id = endpoints.project_id AND endpoint.id = endpoints.endpoint_id
        CROSS JOIN LATERAL (
            SELECT project_id, endpoint_id, id FROM webhook_deliveries AS delivery
            WHERE delivery.project_id = endpoints.project_id AND delivery.endpoint_id = endpoints.endpoint_id
                AND delivery.id < CASE WHEN endpoint.id IS NULL THEN %(all)s ELSE %(before)s END
                AND (delivery.state <> 'pending' OR endpoint.enabled IS NOT TRUE)
            ORDER BY delivery.id LIMIT %(batch)s
        ) AS delivery
        LIMIT %(batch)s
    )
    DELETE FROM webhook_deliveries AS delivery USING old
    WHERE delivery.project_id = old.project_id AND delivery.endpoint_id = old.endpoint_id
        AND delivery.id = old.id
    RETURNING delivery.id
"""


def forget_old_deliveries() -> int:
    """Removes deliveries past their retention, with what waits for a disabled endpoint, and all of deleted endpoints;
    at most a hundred thousand in one call. Answers how many."""
    before = least_id(clock.now() - timedelta(days=settings().delivery_retention_days))
    removed = 0
    for _ in range(MOST_BATCHES):
        params = {"before": before, "all": _GREATEST_ID, "batch": BATCH}
        (rows,) = run([Statement(_DELETE, params)], prepare=False)
        removed += len(rows)
        if len(rows) < BATCH:
            break
    return removed
