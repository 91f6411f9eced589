"""Whose facts are told next: projects take turns, so that a crowd of facts in one keeps no other waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import TypeVar
from uuid import UUID

from plunk.db.pipeline import Statement, run

MOST_PROJECTS = 10
"""At most so many are told of together; which ones is left to chance, as by age the longest queue would always win."""

Row = TypeVar("Row")


def with_fresh(listeners: Iterable[str]) -> list[str]:
    """Those listeners for whom something is due that nobody has tried yet."""
    (rows,) = run([Statement(_LISTENERS, {"listeners": list(listeners)})])
    return [listener for (listener,) in rows]


def projects_with_fresh(listener: str) -> list[UUID]:
    """Some of the projects that have such facts for the listener."""
    (rows,) = run([Statement(_PROJECTS, {"listeners": [listener], "most": MOST_PROJECTS})])
    return [project_id for (project_id,) in rows]


def alternately(rows_of_each: Sequence[Sequence[Row]]) -> Iterator[Row]:
    """The first of each, then the second of each, and so on."""
    return (row for row in chain.from_iterable(zip_longest(*rows_of_each)) if row is not None)


# From one project to the next by leaps through the index of fresh rows, which is sorted as we ask: of each project the
# first row is the one that is due first. Nothing here looks at more of a project's rows.
_WAITING = b"""
    WITH RECURSIVE waiting AS (
        SELECT first.* FROM unnest(%(listeners)s::text[]) AS known (listener) CROSS JOIN LATERAL (
            SELECT o.listener, o.project_id, o.due_at FROM outbox AS o
            WHERE o.listener = known.listener AND o.state = 'pending' AND o.attempts = 0
            ORDER BY o.project_id, o.due_at LIMIT 1
        ) AS first
        UNION ALL
        SELECT next.* FROM waiting CROSS JOIN LATERAL (
            SELECT o.listener, o.project_id, o.due_at FROM outbox AS o
            WHERE o.listener = waiting.listener AND o.state = 'pending' AND o.attempts = 0
                AND o.project_id > waiting.project_id
            ORDER BY o.project_id, o.due_at LIMIT 1
        ) AS next
    )
"""
_LISTENERS = _WAITING + b"SELECT DISTINCT listener FROM waiting WHERE due_at <= now()"
_PROJECTS = (
    _WAITING + b"SELECT project_id FROM waiting WHERE due_at <= now() ORDER BY random() LIMIT %(most)s"
)
