"""An export while others write, while the database refuses, and while a receiver takes its time."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Text, cast, func, insert, select, text

from plunk.config import Settings
from plunk.contacts.models import Contact
from plunk.db import copying
from plunk.db.base import db, new_id
from plunk.db.passing import sqlstate
from plunk.db.session import transaction
from plunk.errors import SegmentNotFound
from plunk.exports import walking
from plunk.exports.layouts import Layout, Where
from plunk.exports.service import stream
from plunk.exports.walking import Walk
from plunk.segments.selection import Selection
from plunk.testing.api import Project
from plunk.testing.apps import new_project
from tests.api import Api
from tests.exports.files import contacts
from tests.live import eventually, own_app, web_server
from tests.segments.rules import static


def crowd(project: Project, number: int, **data: Any) -> list[str]:
    """Contacts `n<number>@example.com`, without much ado; in order of their ids."""
    with transaction():
        at = db.session.scalar(select(func.date_trunc("milliseconds", func.clock_timestamp())))
        rows = [
            {
                "project_id": project.id,
                "id": new_id(),
                "email": f"n{each}@example.com",
                "subscribed": True,
                "data": data,
                "created_at": at,
                "updated_at": at,
            }
            for each in range(number)
        ]
        rows.sort(key=lambda row: row["id"])
        db.session.execute(insert(Contact), rows)
    return [row["email"] for row in rows]


def addresses(pieces: Iterator[bytes]) -> list[str]:
    return [json.loads(line)["email"] for line in b"".join(pieces).decode().splitlines()]


@pytest.fixture
def short_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of twenty contacts."""
    monkeypatch.setattr(walking, "FIRST", 20)
    monkeypatch.setattr(walking, "AIM_BYTES", 1)


@pytest.mark.usefixtures("context", "short_ranges")
def test_nobody_is_missing_and_nobody_comes_twice_while_others_write(api: Api, project: Project) -> None:
    people = crowd(project, 300)
    pieces = stream(Selection(project.id), "ndjson")
    found = addresses(iter([next(pieces)]))
    assert found == people[:20]
    gone, moved, changed = people[100], people[200], people[150]
    before = api.get(f"/contacts/by-email/{moved}").json
    api.delete(f"/contacts/{api.get(f'/contacts/by-email/{gone}').json['id']}")
    api.delete(f"/contacts/{api.get(f'/contacts/by-email/{people[0]}').json['id']}")
    api.patch(f"/contacts/{before['id']}", {"email": "moved@example.com"})
    api.contact(changed, data={"a": 1}, subscribed=False)
    api.contact("late@example.com")
    found += addresses(pieces)
    expected = ["moved@example.com" if each == moved else each for each in people if each != gone]
    assert found == expected


@pytest.mark.usefixtures("context", "short_ranges")
def test_a_rule_that_is_edited_meanwhile_means_what_it_means_then(api: Api, project: Project) -> None:
    people = crowd(project, 100, plan="pro")
    made = api.segment("VIPs", {"field": "data.plan", "operator": "equals", "value": "pro"})
    pieces = stream(Selection(project.id, segment_id=UUID(made["id"])), "ndjson")
    assert addresses(iter([next(pieces)])) == people[:20]
    nobody = {"logic": "AND", "groups": [{"filters": [{"field": "data.plan", "operator": "notExists"}]}]}
    assert api.patch(f"/segments/{made['id']}", {"condition": nobody}).status_code == 200
    # The range that the database works on in the meantime may have been asked for before.
    assert addresses(pieces) in ([], people[20:40])


@pytest.mark.usefixtures("context", "short_ranges")
def test_a_segment_that_goes_meanwhile_ends_it_with_an_error(api: Api, project: Project) -> None:
    people = crowd(project, 100)
    made = static(api, "VIPs", *people)
    pieces = stream(Selection(project.id, segment_id=UUID(made["id"])), "csv")
    next(pieces)
    next(pieces)
    assert api.delete(f"/segments/{made['id']}").status_code == 204
    with pytest.raises(SegmentNotFound):
        list(pieces)


@pytest.mark.usefixtures("context", "short_ranges")
def test_a_lost_connection_is_made_up_for(project: Project) -> None:
    people = crowd(project, 100)
    pieces = stream(Selection(project.id), "ndjson")
    found = addresses(iter([next(pieces)]))
    with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(False)) as other:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        other.execute(mine + " AND pid <> pg_backend_pid()")
    assert found + addresses(pieces) == people


def sleeping(seconds: float) -> Layout:
    """The database takes so long for each contact."""

    def lines(where: Where) -> Any:
        slow = Contact.email.concat(func.left(cast(func.pg_sleep(seconds), Text), 0))
        return select(slow).where(*where).order_by(Contact.id)

    return Layout(b"", lines, copying.LINES)


def test_what_takes_the_database_too_long_is_asked_for_in_smaller_parts(settings: Settings) -> None:
    with own_app(settings, statement_timeout_web=500) as app, app.app_context():
        project = new_project(app)
        people = crowd(project, 300)
        found: list[str] = []
        for part in Walk(Selection(project.id), sleeping(0.004)).parts():
            with part.text as text:
                found += text.read().decode().splitlines()
        assert found == people


def test_what_always_takes_too_long_is_given_up(settings: Settings) -> None:
    with own_app(settings, statement_timeout_web=100) as app, app.app_context():
        project = new_project(app)
        crowd(project, 3)
        with pytest.raises(psycopg.Error) as caught:
            list(Walk(Selection(project.id), sleeping(0.2)).parts())
        assert sqlstate(caught.value) == "57014"


def test_large_contacts_come_in_constant_memory_and_whole(app: Flask, api: Api, project: Project) -> None:
    with app.app_context():
        people = crowd(project, 1_500, note="x" * 20_000)
    found = contacts(api.get("/contacts/export", format="ndjson"))
    assert [contact["email"] for contact in found] == people
    assert {len(contact["data"]["note"]) for contact in found} == {20_000}


def test_whoever_reads_slowly_holds_nothing_and_learns_of_the_break(
    app: Flask, api: Api, project: Project, settings: Settings, tmp_path: Path
) -> None:
    with app.app_context():
        people = crowd(project, 12_000, note="x" * 3_000)
    made = api.segment("Noted", {"field": "data.note", "operator": "exists"})
    headers = {"Authorization": f"Bearer {project.secret_key}"}
    with web_server(settings, tmp_path / "log") as port:
        with asked(port, f"/segments/{made['id']}/export?format=ndjson", headers) as response:
            assert response.status == 200
            assert people[0].encode() in response.read(1_000)
            eventually(lambda: not open_transactions(app))
            assert api.delete(f"/segments/{made['id']}").status_code == 204
            with pytest.raises(http.client.IncompleteRead):
                response.read()
        with asked(port, "/contacts/export?format=ndjson", headers) as response:
            assert response.read().count(b"\n") == len(people)


@contextmanager
def asked(port: int, path: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        with closing(connection.getresponse()) as response:
            yield response


def open_transactions(app: Flask) -> int:
    with app.app_context(), transaction():
        others = "FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        mine = "AND datname = current_database() AND query LIKE 'COPY%'"
        return db.session.scalar(text(f"SELECT count(*) {others} {mine}")) or 0
