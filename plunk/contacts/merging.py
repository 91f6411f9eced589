"""The write path of many contacts at once, for lists: what `upsert` does for one, by COPY and one statement.

The rows come with distinct addresses and data to merge, and nothing to remove. The order of statements is that of
`upsert`: the project's lock, the rows (in order of address), subscriptions, events of flips, whoever follows changes,
catalogues. All of it in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from plunk.config import settings
from plunk.contacts import catalogue, changes
from plunk.contacts.data import limits
from plunk.contacts.upsert import DataTooLarge, Origin, flip_event
from plunk.db.pipeline import Statement, driver_connection, run
from plunk.errors import Problem
from plunk.events import recording
from plunk.facts import ContactChange, StoredEvent


class Row(NamedTuple):
    """What one row of a list wants. `id` (as text) is the contact's if it is new; `email` is normalised; `data` is JSON
    text of the keys to keep; None for `subscribed` leaves an existing contact's alone."""

    id: str
    email: str
    subscribed: bool | None
    data: str


@dataclass(frozen=True)
class Merged:
    """Which contacts a batch made, changed, and met; the latter only if asked for."""

    created: set[UUID]
    updated: set[UUID]
    contact_ids: list[UUID] = field(default_factory=list)


def merge(
    project_id: UUID,
    rows: Sequence[Row],
    *,
    keys: Iterable[str],
    types: Iterable[tuple[str, str]],
    origin: Origin,
    may_resubscribe: bool = False,
    wants_ids: bool = False,
) -> Merged:
    """Creates and updates the contacts of a batch.

    `keys` are those that occur in the rows' data, `types` the same with the types of their values, as the catalogue
    has them. Who opted out stays so, unless `may_resubscribe`. With `wants_ids` the answer names all contacts met.
    Raises DataTooLarge; the transaction must then be rolled back.
    """
    changes.begin(project_id, emails=[row.email for row in rows])
    _copy(rows)
    values = {"project_id": project_id, "resubscribes": may_resubscribe, **_limits()}
    statements = [Statement(_MERGE, values)]
    if any(row.subscribed is not None for row in rows):
        statements.append(Statement(_FLIP, values))
    merged, *others = run(statements, prepare=False)
    _refuse_excess(rows, merged)
    made = {row.id for row in rows}
    touched = {row[0] for row in merged}
    created = {contact_id for contact_id in touched if str(contact_id) in made}
    flips: dict[UUID, bool] = dict(others[0]) if others else {}
    updated = (touched - created) | flips.keys()
    events = _record_flips(project_id, flips, origin)
    changes.tell(project_id, _changes(created, touched, flips, events, keys))
    catalogue.add_pairs(project_id, types)
    recording.catalogue(project_id, [event.name for event in events.values()])
    return Merged(created, updated, _ids(project_id) if wants_ids else [])


def _copy(rows: Sequence[Row]) -> None:
    """Into a table of the transaction. JSON text holds no tab or line end, addresses no backslash: only backslashes
    of the JSON must be doubled."""
    run([Statement(_TABLE, {})], prepare=False)
    lines = [
        f"{row.id}\t{row.email}\t{_SUBSCRIBED[row.subscribed]}\t{row.data}\n".replace("\\", "\\\\")
        for row in rows
    ]
    with (
        driver_connection().cursor() as cursor,
        cursor.copy(b"COPY incoming (id, email, subscribed, data) FROM STDIN") as copy,
    ):
        copy.write("".join(lines))


def _limits() -> dict[str, Any]:
    return {"ample": settings().max_data_bytes * 9 // 10, "most_keys": settings().max_data_keys}


def _refuse_excess(rows: Sequence[Row], merged: Sequence[tuple[Any, ...]]) -> None:
    """Only data that is nearly too large, or has many keys, is looked at closely."""
    at_fault: dict[str, list[Problem]] = {}
    for _, email, data in merged:
        if data is not None and (problems := limits(data)):
            at_fault[email] = problems
    if at_fault:
        indexes = [index for index, row in enumerate(rows) if row.email in at_fault]
        raise DataTooLarge([each for problems in at_fault.values() for each in problems], indexes)


def _record_flips(project_id: UUID, flips: dict[UUID, bool], origin: Origin) -> dict[UUID, StoredEvent]:
    wanted = [(contact_id, flip_event(subscribed, origin)) for contact_id, subscribed in flips.items()]
    return dict(zip(flips, recording.record_many(project_id, wanted), strict=True))


def _changes(
    created: set[UUID],
    touched: set[UUID],
    flips: dict[UUID, bool],
    events: dict[UUID, StoredEvent],
    keys: Iterable[str],
) -> list[ContactChange]:
    """All rows share the names of what may have changed: more may be named than did."""
    data = frozenset({"updatedAt", *(f"data.{key}" for key in keys)})
    subscription = frozenset({"updatedAt", "subscribed"})
    found = [ContactChange(contact_id, is_new=True) for contact_id in created]
    found += [
        ContactChange(contact_id, fields=data)
        for contact_id in touched
        if contact_id not in created and contact_id not in flips
    ]
    found += [
        ContactChange(
            contact_id,
            fields=data | subscription if contact_id in touched else subscription,
            subscription=1 if subscribed else -1,
            events=(events[contact_id],),
        )
        for contact_id, subscribed in flips.items()
    ]
    return found


def _ids(project_id: UUID) -> list[UUID]:
    (rows,) = run([Statement(_IDS, {"project_id": project_id})], prepare=False)
    return [row[0] for row in rows]


_SUBSCRIBED = {None: "", True: "t", False: "f"}
_TABLE = b"""
    CREATE TEMPORARY TABLE incoming (id uuid, email text, subscribed text, data jsonb) ON COMMIT DROP
"""
# Data that is large, or has many keys, comes back to be measured; so small a column holds neither, however well it is
# compressed.
_MERGE = b"""
    INSERT INTO contacts AS c (project_id, id, email, subscribed, data, created_at, updated_at)
    SELECT %(project_id)s, i.id, i.email, i.subscribed <> 'f', i.data, now.at, now.at
    FROM incoming AS i, (SELECT date_trunc('milliseconds', clock_timestamp()) AS at) AS now
    ORDER BY i.email COLLATE "C"
    ON CONFLICT (project_id, email) DO UPDATE SET
        data = c.data || excluded.data,
        updated_at = date_trunc('milliseconds', clock_timestamp())
    WHERE c.data IS DISTINCT FROM c.data || excluded.data
    RETURNING c.id, c.email, CASE
        WHEN pg_column_size(c.data) > 500 AND (
            octet_length(c.data::text) > %(ample)s
            OR (SELECT count(*) FROM jsonb_object_keys(c.data)) > %(most_keys)s
        ) THEN c.data
    END
"""
# A row whose address was taken has another id now: new contacts are what they should be.
_FLIP = b"""
    UPDATE contacts AS c
    SET subscribed = i.subscribed = 't', opt_out_reason = NULL,
        updated_at = date_trunc('milliseconds', clock_timestamp())
    FROM incoming AS i
    WHERE c.project_id = %(project_id)s AND c.email = i.email AND c.id <> i.id
        AND ((c.subscribed AND i.subscribed = 'f') OR (NOT c.subscribed AND i.subscribed = 't' AND %(resubscribes)s))
    RETURNING c.id, c.subscribed
"""
_IDS = b"""
    SELECT c.id FROM incoming AS i JOIN contacts AS c ON c.project_id = %(project_id)s AND c.email = i.email
    ORDER BY i.email COLLATE "C"
"""
