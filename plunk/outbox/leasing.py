"""Who may tell a row, and what became of it: the statements that keep order per contact among any number of relays.

A row may be leased when it is due and no earlier row of the same listener and contact is pending. Rows that are due
but blocked are put off, so that a contact with a thousand rows behind a failed one is not looked at again and again;
the end of the one in front brings the next one forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from plunk.config import settings
from plunk.db.pipeline import Statement, run
from plunk.facts import Fact
from plunk.outbox.fairness import alternately, projects_with_fresh, with_fresh
from plunk.outbox.wording import Origin, fact_of

BATCH = 50
"""Rows of as many contacts that are leased together, if nobody has tried them yet."""

CANDIDATES_EACH = 4
"""Due rows that a lease looks at for each that it may take: what it may cost."""

BATCH_SECONDS = 2.0
"""How long a relay works on what it leased together. What it has not begun by then goes back."""

SLACK_SECONDS = 5.0


@dataclass(frozen=True)
class Leased:
    """A row in our hands until the lease ends. `attempts` tells our lease from others."""

    origin: Origin
    id: UUID
    kind: str
    topic: str
    body: dict[str, Any]
    attempts: int
    created_at: datetime

    @property
    def project_id(self) -> UUID:
        return self.origin.project_id

    def fact(self) -> Fact:
        return fact_of(self.kind, self.body, self.origin)


@dataclass(frozen=True)
class Turn:
    """What one lease brought. `is_all`: it found nothing that was due."""

    rows: Sequence[Leased]
    is_all: bool


def lease_seconds() -> float:
    """Long enough for a batch whose last row takes as long as it may."""
    return BATCH_SECONDS + settings().handler_seconds + SLACK_SECONDS


def due(listeners: Iterable[str]) -> list[str]:
    """Those listeners for whom something is due."""
    listeners = list(listeners)
    (rows,) = run([Statement(_TRIED, {"listeners": listeners})])
    return list({*with_fresh(listeners), *(listener for (listener,) in rows)})


def lease_fresh(listener: str) -> Turn:
    """Up to `BATCH` rows that nobody has tried yet, of as many contacts; of several projects if several have any."""
    projects = projects_with_fresh(listener)
    if not projects:
        return Turn([], is_all=True)
    sql = _lease_fresh(BATCH // len(projects))
    return _lease([Statement(sql, _values(listener, project_id=each)) for each in projects])


def lease_tried(listener: str) -> Turn:
    """One row that was tried before, alone: if it ends the process that tells it, no other is drawn in again."""
    return _lease([Statement(_LEASE_TRIED, _values(listener))])


def note_told(row: Leased) -> tuple[bool, Leased | None]:
    """Opens the transaction of a handler with the note that it was told. Answers whether we still had the lease.

    Before the handler, not after it: the row is then locked while the handler runs, and nobody else can take it,
    however long that lasts. The contact's next row is leased with it.

    The commit will not wait for the disk: what a crash of the server takes back, it takes back whole, this note
    included, and it is told again.
    """
    seconds = settings().handler_seconds
    values = {
        **_key(row),
        "lease": timedelta(seconds=seconds + lease_seconds()),
        "idle": f"{seconds + SLACK_SECONDS:.0f}s",
    }
    (rows,) = run([Statement(_TOLD, values)])
    ((is_ours, _, _, *following),) = rows
    return bool(is_ours), _leased(following) if is_ours and following[0] else None


def fail(row: Leased, error: str, *, pause: timedelta | None) -> None:
    """Notes what went wrong: another try after the `pause`, or none any more."""
    values = {**_key(row), "error": error, "pause": pause or timedelta(0), "is_over": pause is None}
    run([Statement(_FAIL, values)])


def give_back(rows: Iterable[Leased]) -> None:
    """Rows that were leased and not begun, in the place in the queue that they had."""
    keys = [(row.project_id, row.id, row.attempts) for row in rows]
    if keys:
        projects, ids, attempts = map(list, zip(*keys, strict=True))
        run([Statement(_GIVE_BACK, {"projects": projects, "ids": ids, "attempts": attempts})])


def _lease(statements: Sequence[Statement]) -> Turn:
    found = run(statements)
    leased = [sorted((row for row in rows if row[0]), key=lambda row: row[1]) for rows in found]
    return Turn([_leased(row[2:]) for row in alternately(leased)], is_all=not any(found))


def _values(listener: str, **further: Any) -> dict[str, Any]:
    return {"listener": listener, "lease": timedelta(seconds=lease_seconds()), **further}


def _key(row: Leased) -> dict[str, Any]:
    return {"project_id": row.project_id, "id": row.id, "attempts": row.attempts}


def _leased(columns: Sequence[Any]) -> Leased:
    project_id, row_id, fact_id, contact_id, sequence, kind, topic, body, attempts, created_at = columns
    origin = Origin(fact_id, project_id, contact_id, sequence)
    return Leased(origin, row_id, kind, topic, body, attempts, created_at)


_COLUMNS = b"o.project_id, o.id, o.fact_id, o.contact_id, o.sequence, o.kind, o.topic, o.body, o.attempts, o.created_at"
# With LIMIT, not EXISTS: that may be answered by reading all that is due, for everybody, into a hash table.
_TRIED = b"""
    SELECT known.listener FROM unnest(%(listeners)s::text[]) AS known (listener) CROSS JOIN LATERAL (
        SELECT FROM outbox AS o WHERE o.listener = known.listener
        AND o.state = 'pending' AND o.attempts > 0 AND o.due_at <= now() LIMIT 1
    ) AS something
"""
# The head is the contact's first pending row. Who else has it now may finish it between our snapshot and our update,
# and his word to the next row is then lost: so behind a row that may be leased we look again after a second; the
# further behind, the later, as those in between come first. Behind one that waits longer than any lease, nobody has
# it: we wait as long.
_LEASE = b"""
    WITH candidates AS MATERIALIZED (
        SELECT project_id, id, contact_id, sequence, due_at FROM outbox
        WHERE listener = %(listener)s AND state = 'pending' AND WHICH AND due_at <= now()
        ORDER BY due_at LIMIT CANDIDATES
        FOR UPDATE SKIP LOCKED
    ), judged AS MATERIALIZED (
        SELECT c.project_id, c.id, c.due_at, c.sequence - head.sequence AS behind, head.id AS head_id,
            head.due_at AS head_due_at,
            head.id = c.id AND row_number() OVER (ORDER BY head.id <> c.id, c.due_at) <= MOST AS is_leased
        FROM candidates AS c CROSS JOIN LATERAL (
            SELECT h.id, h.sequence, h.due_at FROM outbox AS h
            WHERE h.project_id = c.project_id AND h.listener = %(listener)s AND h.contact_id = c.contact_id
                AND h.state = 'pending'
            ORDER BY h.sequence LIMIT 1
        ) AS head
    )
    UPDATE outbox AS o SET
        attempts = o.attempts + j.is_leased::int,
        due_at = CASE
            WHEN j.is_leased THEN now() + %(lease)s
            WHEN j.head_due_at > now() + %(lease)s THEN j.head_due_at + least(j.behind, 60000) * interval '1 ms'
            ELSE now() + interval '1 s' + least(j.behind, 60000) * interval '1 ms'
        END
    FROM judged AS j
    WHERE o.project_id = j.project_id AND o.id = j.id
        AND (j.is_leased OR j.head_id NOT IN (SELECT id FROM candidates))
    RETURNING j.is_leased, j.due_at, COLUMNS
"""


@cache
def _lease_fresh(most: int) -> bytes:
    which = b"attempts = 0 AND project_id = %(project_id)s"
    return _lease_sql(which, most=most, candidates=CANDIDATES_EACH * most)


def _lease_sql(which: bytes, *, most: int, candidates: int) -> bytes:
    """The numbers stand in it, so that a plan made for any values knows how few rows it is about."""
    sql = _LEASE.replace(b"COLUMNS", _COLUMNS).replace(b"WHICH", which)
    return sql.replace(b"MOST", b"%d" % most).replace(b"CANDIDATES", b"%d" % candidates)


_LEASE_TRIED = _lease_sql(b"attempts > 0", most=1, candidates=1)
# By the primary key, and by nothing else: statistics of a moment when nothing was pending would have the planner read
# a partial index from end to end, so we do not mention in its words what it stands for.
_OURS = b"""
    project_id = %(project_id)s AND id = %(id)s AND CASE WHEN state = 'pending' THEN attempts END = %(attempts)s
"""
# The next row is updated even if it is due: somebody may be about to put it off, and we must come after him.
_TOLD = b"""
    WITH told AS (
        UPDATE outbox SET state = 'done', finished_at = clock_timestamp() WHERE OURS
        RETURNING project_id, listener, contact_id, sequence
    ), o AS (
        UPDATE outbox AS o SET
            attempts = o.attempts + 1, due_at = clock_timestamp() + %(lease)s
        FROM (FOLLOWING) AS following
        WHERE o.project_id = following.project_id AND o.id = following.id
        RETURNING o.*
    )
    SELECT EXISTS (SELECT FROM told), set_config('synchronous_commit', 'off', true),
        set_config('idle_in_transaction_session_timeout', %(idle)s, true), COLUMNS
    FROM (SELECT) AS one LEFT JOIN o ON true
"""
_FOLLOWING = b"""
    SELECT next.project_id, next.id FROM told CROSS JOIN LATERAL (
        SELECT project_id, id FROM outbox AS n
        WHERE n.project_id = told.project_id AND n.listener = told.listener AND n.contact_id = told.contact_id
            AND n.state = 'pending' AND n.sequence > told.sequence
        ORDER BY n.sequence LIMIT 1
    ) AS next
"""
_TOLD = _TOLD.replace(b"OURS", _OURS).replace(b"FOLLOWING", _FOLLOWING).replace(b"COLUMNS", _COLUMNS)
_FAIL = b"""
    WITH told AS (
        UPDATE outbox SET last_error = %(error)s, due_at = clock_timestamp() + %(pause)s,
            state = CASE WHEN %(is_over)s THEN 'failed' ELSE 'pending' END,
            finished_at = CASE WHEN %(is_over)s THEN clock_timestamp() END
        WHERE OURS
        RETURNING project_id, listener, contact_id, sequence
    )
    UPDATE outbox AS o SET due_at = clock_timestamp()
    FROM (FOLLOWING) AS following
    WHERE %(is_over)s AND o.project_id = following.project_id AND o.id = following.id
"""
_FAIL = _FAIL.replace(b"OURS", _OURS).replace(b"FOLLOWING", _FOLLOWING)
_GIVE_BACK = b"""
    UPDATE outbox AS o SET attempts = o.attempts - 1, due_at = o.created_at
    FROM unnest(%(projects)s::uuid[], %(ids)s::uuid[], %(attempts)s::int[]) AS ours (project_id, id, attempts)
    WHERE o.project_id = ours.project_id AND o.id = ours.id
        AND CASE WHEN o.state = 'pending' THEN o.attempts END = ours.attempts
"""
