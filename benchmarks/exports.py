"""Exporting all contacts, or some, over HTTP, against a plain COPY of the same rows."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import click

from benchmarks import resident
from benchmarks.measuring import Row, alone, in_turns, row
from benchmarks.stage import Stage
from benchmarks.web import OURS, serving
from plunk.accounts.keys import create_key, revoke_key
from plunk.app import create_app
from plunk.config import Settings
from plunk.db.session import transaction
from plunk.exports.service import stream
from plunk.segments.selection import Selection

GROUP = "exports"
AIM, NDJSON_AIM, MOST_MIB = 3.0, 3.0, 200.0
BUDGET = 30.0
_BLOCK = 256 * 1024
_COPY = """
    COPY (
        SELECT id, email, subscribed, data, created_at, updated_at FROM contacts
        WHERE project_id = %(project)s AND (RULE) ORDER BY id
    ) TO STDOUT
"""
_PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}
_BUYERS = {"field": "event.purchase", "operator": "triggeredWithin", "value": 30, "unit": "days"}
_BOUGHT = """
    id IN (SELECT contact_id FROM events WHERE project_id = %(project)s AND name = 'purchase'
        AND created_at > now() - interval '30 days')
"""
WAYS: tuple[tuple[str, str, dict[str, Any], float | None], ...] = (
    ("all, CSV", "true", {}, AIM),
    ("all, NDJSON", "true", {"format": "ndjson"}, NDJSON_AIM),
    ("all, CSV compressed", "true", {"gzip": "true"}, None),
    ("plan is pro, CSV", """data @> '{"plan": "pro"}'""", {"condition": _PRO}, None),
    ("bought within 30 days, CSV", _BOUGHT, {"condition": _BUYERS}, None),
)
"""Name, what to ask of contacts by hand, the query of ours, the aim. The floor writes JSON as it is stored; ours a cell
for each of ten fields, marked where a spreadsheet would run it."""


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """The same contacts by both ways, each read to its end."""
    with transaction():
        key = create_key(stage.project_id, "secret", name="benchmarks")
    try:
        with serving(stage, OURS) as port, stage.connect() as connection:
            for name, rule, query, aim in WAYS:
                by_hand = partial(_copy, connection, rule, stage.project_id)
                ours = partial(_download, port, key.key, query)
                found = by_hand()
                taken = in_turns({"floor": by_hand, "ours": ours}, warm_up=1, budget=BUDGET)
                rate, theirs = (found / taken[way] * 1000 for way in ("ours", "floor"))
                note = f"{found:,} contacts: {rate:,.0f} a second, by hand {theirs:,.0f}"
                yield row(GROUP, name, taken, aim=aim, note=note)
    finally:
        with transaction():
            revoke_key(key.id)
    if resident.can_measure():
        taken_of = resident.taken(_exporting, stage.settings, stage.project_id)
        note = f"it grows by {taken_of.grown:.0f} MiB"
        yield alone(
            GROUP,
            "memory of the process at its highest",
            taken_of.highest,
            unit="MiB",
            aim=MOST_MIB,
            note=note,
        )


def _copy(connection: Any, rule: str, project_id: UUID) -> int:
    """Answers how many rows there were."""
    with connection.cursor() as cursor:
        with cursor.copy(_COPY.replace("RULE", rule), {"project": project_id}) as copy:
            for _ in copy:
                pass
        return int(cursor.rowcount)


def _download(port: int, key: str, query: dict[str, Any]) -> int:
    """Answers how many bytes there were."""
    condition = query.get("condition")
    rule = {"logic": "AND", "groups": [{"filters": [condition]}]}
    asked = {**query, **({"condition": json.dumps(rule)} if condition else {})}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request(
            "GET", f"/contacts/export?{urlencode(asked)}", headers={"Authorization": f"Bearer {key}"}
        )
        response, size = connection.getresponse(), 0
        if response.status != 200:
            raise click.ClickException(f"An export was answered with {response.status}")
        while block := response.read(_BLOCK):
            size += len(block)
        return size
    finally:
        connection.close()


def _exporting(settings: Settings, project_id: UUID) -> Callable[[], None]:
    """In a process that has an app and nothing else."""
    create_app(settings).app_context().push()

    def work() -> None:
        for _ in stream(Selection(project_id), "csv"):
            pass

    return work
