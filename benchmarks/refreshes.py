"""Finding all members of a tracked segment: first, and again when nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import click

from benchmarks import projects, resident
from benchmarks.filling import Filled, by_hand, pulling
from benchmarks.measuring import Row, in_turns, row
from benchmarks.stage import Stage, address
from plunk.app import create_app
from plunk.config import Settings
from plunk.db.locks import lock_alone
from plunk.db.session import transaction
from plunk.segments import computing, service

AIM, PULLING_AIM, MEMORY_AIM = 1.3, 0.5, 0.2
SLACK = 5
"""Contacts whose time may come between two runs."""


def _all(*filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"logic": "AND", "groups": [{"filters": list(filters), **more}]}


_DEAR = {"field": "data.plan", "operator": "in", "value": ["pro", "enterprise"]}
_SINCE = "now() - interval '30 days'"
_WITHIN = "contact_id > %(after)s AND contact_id <= %(last)s"
_BUYERS = f"""
    SELECT contact_id FROM events
    WHERE project_id = %(project)s AND name = 'purchase' AND created_at > {_SINCE} AND {_WITHIN}
"""
_LAST_BOUGHT = f"""
    SELECT c.id, last_at + interval '30 days' AS due_at FROM activity
    WHERE project_id = %(project)s AND contact_id = c.id AND name = 'purchase' AND last_at > {_SINCE} AND {_WITHIN}
"""
RULES = (
    Filled(
        "plan is starter",
        _all({"field": "data.plan", "operator": "equals", "value": "starter"}),
        "c.data->>'plan' = 'starter'",
    ),
    Filled(
        "not (plan in pro, enterprise)",
        _all(_DEAR, **{"not": True}),
        "NOT c.data->>'plan' IN ('pro', 'enterprise')",
    ),
    Filled(
        "created more than a year ago",
        _all({"field": "createdAt", "operator": "olderThan", "value": 365, "unit": "days"}),
        "c.created_at <= now() - interval '365 days'",
        "SELECT c.id, c.created_at + interval '365 days' AS due_at",
    ),
    Filled(
        "bought within 30 days",
        _all({"field": "event.purchase", "operator": "triggeredWithin", "value": 30, "unit": "days"}),
        f"c.id IN ({_BUYERS})",
        _LAST_BOUGHT,
    ),
)
PULLED = RULES[:2]


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """For each rule the first fill and a refresh that finds nothing to do; for some also the way through Python."""
    for rule in RULES:
        try:
            yield from _Refresh(stage, rule).measure()
        finally:
            projects.forget_segments(stage.project_id)


class _Refresh:
    """One rule, with a segment for each way of finding its members."""

    def __init__(self, stage: Stage, rule: Filled) -> None:
        self.stage, self.rule, self.project_id = stage, rule, stage.project_id
        self.ours, self.floor, self.pulled = (
            projects.create(self.project_id, f"{rule.name} {way}", rule.condition)
            for way in ("ours", "by hand", "pulled")
        )

    def measure(self) -> Iterator[Row]:
        is_pulled = self.rule in PULLED
        with self.stage.connect() as connection:
            by_floor = partial(
                by_hand, connection, self.rule, project_id=self.project_id, segment_id=self.floor
            )
            ways: dict[str, Callable[[], Any]] = {"floor": by_floor, "ours": self.refresh}
            if is_pulled:
                ways["pulled"] = self._pulling()
            taken = in_turns(ways, warm_up=0, before_each=self._empty_and_begin)
            yield row("refresh", f"first fill: {self.rule.name}", taken, aim=AIM)
            if is_pulled:
                against = {"floor": taken["pulled"], "ours": taken["ours"]}
                yield row(
                    "refresh",
                    f"first fill, against ids in Python: {self.rule.name}",
                    against,
                    aim=PULLING_AIM,
                )
            self._empty_and_begin()
            by_floor()
            self.refresh()
            note = self._compare()
            self._run("ANALYZE memberships, membership_timers")
            ways = {"floor": by_floor, "ours": self.refresh}
            taken = in_turns(ways, warm_up=0, before_each=self._begin)
            yield row("refresh", f"nothing to do: {self.rule.name}", taken, aim=AIM, note=note)
        if is_pulled and resident.can_measure():
            yield self._memory()

    def refresh(self) -> None:
        projects.refresh(self.project_id)

    def _pulling(self) -> Callable[[], None]:
        return pulling(address(self.stage.settings), self.rule, self.project_id, self.pulled)

    def _begin(self) -> None:
        """Ours has all contacts before it again, and members that it keeps."""
        with transaction():
            lock_alone("rules", self.project_id)
            computing.begin(service.get(self.project_id, self.ours))

    def _empty_and_begin(self) -> None:
        """No segment has members; ours is about to find its first."""
        tables = "memberships, membership_timers, segment_count_deltas"
        self._run(f"TRUNCATE {tables}", f"ANALYZE {tables}")
        with transaction():
            lock_alone("rules", self.project_id)
            projects.begin(self.project_id, self.ours)

    def _compare(self) -> str:
        """Raises unless both ways found the same members and timers; says how many."""
        found = {}
        with self.stage.connect() as connection:
            for table in ("memberships", "membership_timers"):
                count = f"SELECT segment_id, count(*) FROM {table} GROUP BY segment_id"
                counts: dict[UUID, int] = dict(connection.execute(count).fetchall())
                ours, floor = counts.get(self.ours, 0), counts.get(self.floor, 0)
                if abs(ours - floor) > SLACK:
                    raise click.ClickException(f"{self.rule.name}: {floor:,} {table} by hand, ours {ours:,}")
                found[table] = ours
        timers = f", {found['membership_timers']:,} timers" if found["membership_timers"] else ""
        return f"{found['memberships']:,} members{timers}"

    def _memory(self) -> Row:
        """By how much a process grows at most."""
        self._empty_and_begin()
        ours, highest, _ = resident.taken(_refreshing, self.stage.settings, self.project_id)
        pulled, theirs, _ = resident.taken(
            pulling, address(self.stage.settings), self.rule, self.project_id, self.pulled
        )
        note = f"the process is {highest:.0f} MiB at its highest, theirs {theirs:.0f}"
        name = f"memory, against ids in Python: {self.rule.name}"
        return Row(
            "refresh", name, "MiB", floor=pulled, ours=ours, ratio=ours / pulled, aim=MEMORY_AIM, note=note
        )

    def _run(self, *statements: str) -> None:
        with self.stage.connect() as connection:
            for statement in statements:
                connection.execute(statement)


def _refreshing(settings: Settings, project_id: UUID) -> Callable[[], None]:
    """Ours, in a process that has an app and nothing else."""
    create_app(settings).app_context().push()
    return partial(projects.refresh, project_id)
