"""The catalogue of custom fields: kept by the writes, never by scanning contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from plunk.config import settings
from plunk.contacts.data import type_of
from plunk.db.locks import lock
from plunk.db.pipeline import Statement, run
from plunk.db.remembered import CATALOGUED_SECONDS, Remembered
from plunk.db.session import after_commit

_seen: Remembered[tuple[UUID, str, str]] = Remembered(seconds=CATALOGUED_SECONDS, most=200_000)


def add(project_id: UUID, written: Iterable[Mapping[str, Any]]) -> None:
    """Notes the keys and types of data that was just written; last in a transaction, so nobody waits long.

    A process remembers for moments what it has noted, and looks before it locks: keys that are known cost next to
    nothing. A key with mixed types is a `string` from then on. Past the limit keys are stored uncatalogued.
    """
    add_pairs(project_id, {(key, type_of(value)) for data in written for key, value in data.items()})


def add_pairs(project_id: UUID, pairs: Iterable[tuple[str, str]]) -> None:
    """The same for keys with the types of their values, for writers who know them without looking at each value."""
    unsure = sorted(pair for pair in pairs if (project_id, *pair) not in _seen)
    if not unsure:
        return
    (known,) = run([Statement(_KNOWN, {"project_id": project_id, "keys": [key for key, _ in unsure]})])
    types = dict(known)
    new = [(key, kind) for key, kind in unsure if types.get(key) not in (kind, "string")]
    if new:
        _note(project_id, new)
    after_commit(lambda: _seen.add((project_id, *pair) for pair in unsure))


def _note(project_id: UUID, new: list[tuple[str, str]]) -> None:
    times = Counter(key for key, _ in new)
    types = {key: kind if times[key] == 1 else "string" for key, kind in new}
    values = {
        "project_id": project_id,
        "keys": list(types),
        "types": list(types.values()),
        "most": settings().max_fields,
    }
    lock("contact_fields", project_id)
    run([Statement(_MIX, values), Statement(_ADD, values)])


_KNOWN = b"SELECT key, type FROM contact_fields WHERE project_id = %(project_id)s AND key = ANY(%(keys)s)"
# The lock makes the limit exact; it is taken for new keys and types only.
_MIX = b"""
    UPDATE contact_fields AS f SET type = 'string'
    FROM unnest(%(keys)s::text[], %(types)s::text[]) AS new (key, type)
    WHERE f.project_id = %(project_id)s AND f.key = new.key AND f.type NOT IN (new.type, 'string')
"""
_ADD = b"""
    INSERT INTO contact_fields (project_id, key, type, created_at)
    SELECT %(project_id)s, new.key, new.type, clock_timestamp()
    FROM unnest(%(keys)s::text[], %(types)s::text[]) AS new (key, type)
    WHERE NOT EXISTS (SELECT FROM contact_fields AS f WHERE f.project_id = %(project_id)s AND f.key = new.key)
    LIMIT greatest(0, %(most)s - (SELECT count(*) FROM contact_fields WHERE project_id = %(project_id)s))
    ON CONFLICT DO NOTHING
"""
