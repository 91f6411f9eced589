"""What the tables and the receiver hold after the imports, against what the files say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg

from benchmarks.chaos.arrivals import is_whole
from benchmarks.chaos.import_files import File
from tests.receiver import Received

SOME = 5

_JOBS = "SELECT id::text, state, failed_reason, progress FROM jobs WHERE kind = 'contacts.import'"
_LINES = "SELECT import_id::text, line FROM import_errors"
_CONTACTS = "SELECT email, data FROM contacts"
_MEMBERS = """
    SELECT s.name, c.email
    FROM memberships m JOIN segments s ON s.id = m.segment_id JOIN contacts c ON c.id = m.contact_id
    WHERE s.type = 'STATIC'
"""


def faults(
    connection: psycopg.Connection[Any], files: Mapping[str, File], requests: Sequence[Received]
) -> list[str]:
    """Everything that is not as it must be. `files` are those imported, by the id of the import."""
    return [
        *_accounts(connection, files),
        *_people(connection, files),
        *_members(connection, files.values()),
        *_messages(connection, requests),
    ]


def _accounts(connection: psycopg.Connection[Any], files: Mapping[str, File]) -> list[str]:
    """Every import ended well, and every row of it is in the right one of the five counts."""
    found, created = [], 0
    lines: dict[str, set[int]] = {import_id: set() for import_id in files}
    for import_id, line in connection.execute(_LINES):
        lines[import_id].add(line)
    jobs = {row[0]: row[1:] for row in connection.execute(_JOBS)}
    for import_id, file in files.items():
        state, reason, progress = jobs[import_id]
        done = progress.get("created", 0) + progress.get("updated", 0) + progress.get("unchanged", 0)
        told = (state, reason, done, progress.get("failed"), progress.get("skipped"))
        if told != ("completed", None, len(file.wanted), len(file.bad), file.skipped):
            found.append(f"import {file.key} of {file.rows} rows ended as {told}")
        if lines[import_id] != file.bad:
            found.append(
                f"import {file.key} rejected other lines: {sorted(lines[import_id] ^ file.bad)[:SOME]}"
            )
        created += progress.get("created", 0)
    if created != (people := len({address for file in files.values() for address in file.wanted})):
        found.append(f"{created} contacts were told to be created, but there are {people} people")
    return found


def _people(connection: psycopg.Connection[Any], files: Mapping[str, File]) -> list[str]:
    """Each contact once, with all that the files gave it, and nothing else."""
    own: dict[str, dict[str, int]] = {}
    shared: dict[str, set[int]] = {}
    for file in files.values():
        for address, number in file.wanted.items():
            own.setdefault(address, {})[file.key] = number
            shared.setdefault(address, set()).add(file.shared[address])
    rows = dict(connection.execute(_CONTACTS).fetchall())
    found = []
    if rows.keys() != own.keys():
        found.append(f"contacts that should not be, or are not: {sorted(rows.keys() ^ own.keys())[:SOME]}")
    for address in rows.keys() & own.keys():
        data = dict(rows[address])
        if data.pop("shared", None) not in shared[address] or data != own[address]:
            found.append(f"{address} has {rows[address]}, not {own[address]}")
    return found


def _members(connection: psycopg.Connection[Any], files: Iterable[File]) -> list[str]:
    """Static segments hold exactly those whom a file put there."""
    wanted = {(file.segment, address) for file in files if file.segment for address in file.wanted}
    are_in = set(connection.execute(_MEMBERS).fetchall())
    return [f"members that should not be, or are not: {sorted(wanted ^ are_in)[:SOME]}"] * (wanted != are_in)


def _messages(connection: psycopg.Connection[Any], requests: Sequence[Received]) -> list[str]:
    """One message for each entry and exit in the history, by webhook-id, told alike each time."""
    found = []
    bodies: dict[str, set[bytes]] = {}
    for request in filter(is_whole, requests):
        bodies.setdefault(request.id, set()).add(request.body)
    found += [f"{key} differs from one time to the next" for key, texts in bodies.items() if len(texts) > 1]
    firsts = {request.id: request.payload for request in filter(is_whole, requests)}
    told = Counter(
        (
            payload["data"]["segment"]["id"],
            payload["data"]["contact"]["id"],
            payload["type"].rpartition(".")[2],
        )
        for payload in firsts.values()
    )
    rows = connection.execute(
        "SELECT segment_id::text, contact_id::text, CASE WHEN is_entry THEN 'entry' ELSE 'exit' END"
        " FROM membership_changes ORDER BY contact_id, sequence"
    ).fetchall()
    happened = Counter(rows)
    if told != happened:
        missing, strange = happened - told, told - happened
        found.append(f"{missing.total()} messages never came: {list(missing)[:SOME]}")
        found.append(f"{strange.total()} messages came that nobody caused: {list(strange)[:SOME]}")
    last: dict[tuple[str, str], str] = {}
    for segment_id, contact_id, change in rows:
        if last.get((segment_id, contact_id), "exit") == change:
            found.append(f"{contact_id} has two of {change} in a row in {segment_id}")
        last[segment_id, contact_id] = change
    return found
