"""Who is sent next: deliveries are handed out so that no endpoint keeps another waiting.

One endpoint may have a hundred thousand rows pending. So nothing here looks at more of an endpoint's rows than it
takes, and which endpoints have any is found by leaping through the index from one to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from plunk import clock
from plunk.db.pipeline import Statement, run

PER_ENDPOINT = 2
"""In flight at once to one endpoint, whoever sends."""

LOOK_PAST = 500
"""So many rows are looked through for one that does not wait for another about the same contact. The first that waits
for none is never further behind: who holds others back is due before them (`hooks`), so it comes before them or is in
flight."""

_NOW = "(statement_timestamp() + %(moved)s::interval)"

_WITH_WORK = f"""
    WITH RECURSIVE waiting AS (
        (SELECT project_id, endpoint_id FROM webhook_deliveries WHERE state = 'pending'
         ORDER BY project_id, endpoint_id LIMIT 1)
        UNION ALL
        SELECT next.project_id, next.endpoint_id FROM waiting CROSS JOIN LATERAL (
            SELECT project_id, endpoint_id FROM webhook_deliveries
            WHERE state = 'pending'
                AND (project_id, endpoint_id) > (waiting.project_id, waiting.endpoint_id)
            ORDER BY project_id, endpoint_id LIMIT 1
        ) AS next
    )
    SELECT endpoint.project_id, endpoint.id, endpoint.failing_since IS NOT NULL AS is_failing
    FROM waiting
    JOIN webhook_endpoints AS endpoint
        ON endpoint.project_id = waiting.project_id AND endpoint.id = waiting.endpoint_id
    CROSS JOIN LATERAL (
        SELECT 1 FROM webhook_deliveries AS due
        WHERE due.project_id = endpoint.project_id AND due.endpoint_id = endpoint.id AND due.state = 'pending'
            AND due.due_at <= {_NOW} AND (due.leased_until IS NULL OR due.leased_until <= {_NOW})
        ORDER BY due.due_at LIMIT 1
    ) AS due
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM webhook_deliveries AS leased
        WHERE leased.project_id = endpoint.project_id AND leased.endpoint_id = endpoint.id
            AND leased.leased_until > {_NOW}
    ) AS busy
    WHERE endpoint.enabled AND busy.number < {PER_ENDPOINT}
"""

_IS_DUE = f"SELECT EXISTS ({_WITH_WORK})".encode()

# Those with the fewest in flight come first, and chance decides among them: by age the longest queue would always win.
_LOCK_ENDPOINTS = f"""{_WITH_WORK}
    AND (endpoint.failing_since IS NULL OR %(takes_failing)s)
    ORDER BY busy.number, random() LIMIT %(room)s
    FOR NO KEY UPDATE OF endpoint SKIP LOCKED
""".encode()

# Each step ends before the next begins: without statistics the planner would not put them in this order.
_LEASE = f"""
    WITH chosen AS MATERIALIZED (
        SELECT endpoint.project_id, endpoint.id AS endpoint_id, next.id, next.place
        FROM unnest(%(projects)s::uuid[], %(endpoints)s::uuid[]) AS endpoint (project_id, id)
        CROSS JOIN LATERAL (
            SELECT {PER_ENDPOINT} - count(*) AS places FROM webhook_deliveries AS leased
            WHERE leased.project_id = endpoint.project_id AND leased.endpoint_id = endpoint.id
                AND leased.leased_until > {_NOW}
        ) AS free
        CROSS JOIN LATERAL (
            SELECT due.id, row_number() OVER (ORDER BY due.due_at) AS place
            FROM (
                SELECT delivery.id, delivery.due_at, delivery.contact_id, delivery.sequence, delivery.is_first
                FROM webhook_deliveries AS delivery
                WHERE delivery.project_id = endpoint.project_id AND delivery.endpoint_id = endpoint.id
                    AND delivery.state = 'pending' AND delivery.due_at <= {_NOW}
                    AND (delivery.leased_until IS NULL OR delivery.leased_until <= {_NOW})
                ORDER BY delivery.due_at LIMIT {LOOK_PAST}
            ) AS due
            WHERE NOT due.is_first OR due.contact_id IS NULL OR due.sequence = (
                SELECT min(earlier.sequence) FROM webhook_deliveries AS earlier
                WHERE earlier.project_id = endpoint.project_id AND earlier.endpoint_id = endpoint.id
                    AND earlier.contact_id = due.contact_id AND earlier.is_first
            )
            ORDER BY due.due_at LIMIT greatest(free.places, 0)
        ) AS next
    ), taken AS MATERIALIZED (
        SELECT delivery.project_id, delivery.endpoint_id, delivery.id
        FROM chosen JOIN webhook_deliveries AS delivery USING (project_id, endpoint_id, id)
        ORDER BY chosen.place LIMIT %(room)s
        FOR NO KEY UPDATE OF delivery SKIP LOCKED
    )
    UPDATE webhook_deliveries AS delivery SET leased_until = {_NOW} + %(lease)s::interval
    FROM taken, webhook_endpoints AS endpoint
    WHERE delivery.project_id = taken.project_id AND delivery.endpoint_id = taken.endpoint_id
        AND delivery.id = taken.id
        AND endpoint.project_id = taken.project_id AND endpoint.id = taken.endpoint_id
    RETURNING delivery.project_id, delivery.endpoint_id, delivery.id, delivery.fact_id, delivery.body,
        delivery.attempts, delivery.leased_until, endpoint.url, endpoint.secret,
        CASE WHEN endpoint.previous_secret_until > {_NOW} THEN endpoint.previous_secret END,
        endpoint.failing_since IS NOT NULL
""".encode()


@dataclass(frozen=True)
class Leased:
    """A delivery in this sender's hands until `until`, with what sending it needs. Secrets are sealed."""

    project_id: UUID
    endpoint_id: UUID
    id: UUID
    fact_id: UUID
    body: str
    attempts: int
    until: datetime
    url: str
    secret: str
    previous_secret: str | None
    is_failing: bool


def is_due() -> bool:
    """Whether there is a delivery that a sender could take now."""
    ((is_due,),) = _run(_IS_DUE, {"moved": clock.moved_by})
    return bool(is_due)


def lease(*, room: int, room_for_failing: int, seconds: int) -> list[Leased]:
    """Up to `room` deliveries that are due, `room_for_failing` of them to endpoints that failed last.

    Two senders would not see each other's leases, so the endpoints are locked in a statement of their own before their
    rows are counted; one that another sender has locked is left to that one. The locks go with the transaction, which
    should end at once.
    """
    params: dict[str, Any] = {"moved": clock.moved_by, "room": room, "takes_failing": room_for_failing > 0}
    found = _run(_LOCK_ENDPOINTS, params)
    if not found:
        return []
    endpoints = _chosen(found, room_for_failing)
    params |= {
        "projects": [project_id for project_id, _ in endpoints],
        "endpoints": [endpoint_id for _, endpoint_id in endpoints],
        "lease": f"{seconds} seconds",
    }
    return [Leased(*row) for row in _run(_LEASE, params)]


def _run(sql: bytes, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """A plan that was made while the tables were empty would be kept for a run, and they fill within seconds."""
    (rows,) = run([Statement(sql, params)], prepare=False)
    return rows


def _chosen(found: Sequence[tuple[Any, ...]], room_for_failing: int) -> list[tuple[UUID, UUID]]:
    healthy = [(project_id, endpoint_id) for project_id, endpoint_id, is_failing in found if not is_failing]
    failing = [(project_id, endpoint_id) for project_id, endpoint_id, is_failing in found if is_failing]
    return healthy + failing[:room_for_failing]
