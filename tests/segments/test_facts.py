"""What happens to a contact is recorded for whoever listens, in order, with the contact as it was then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from plunk.config import Settings
from plunk.contacts.models import ContactSequence
from plunk.db.base import db
from plunk.outbox.models import OutboxRow
from plunk.testing.api import Api, Project
from plunk.testing.apps import own_app
from tests.conftest import Install
from tests.segments.rules import plan_is

LISTENER = """
    from plunk import hookimpl

    @hookimpl
    def plunk_event_tracked(fact): pass

    @hookimpl
    def plunk_membership_changed(fact): pass
"""
CHOOSY = (
    LISTENER
    + """
    @hookimpl
    def plunk_wanted_topics(project_id):
        return ["contact.deleted", "segment.*.exit"]
"""
)


@pytest.fixture
def listening(install: Install, settings: Settings) -> Iterator[Flask]:
    install("listener", LISTENER)
    with own_app(settings) as app:
        yield app


@pytest.fixture
def heard(listening: Flask, project: Project) -> Api:
    return Api(listening.test_client(), project.secret_key)


def recorded(app: Flask, project: Project, listener: str = "listener") -> list[OutboxRow]:
    with app.app_context():
        rows = select(OutboxRow).where(OutboxRow.project_id == project.id, OutboxRow.listener == listener)
        return list(db.session.scalars(rows.order_by(OutboxRow.contact_id, OutboxRow.sequence)))


def topics(rows: list[OutboxRow]) -> list[tuple[int, str]]:
    return [(row.sequence, row.topic) for row in rows]


def test_the_cause_comes_before_what_follows(heard: Api, listening: Flask, project: Project) -> None:
    heard.segment("Trial users", plan_is("trial"), trackMembership=True)
    heard.track("ada@example.com", "signed_up", data={"plan": "trial"})
    heard.contact("ada@example.com", data={"plan": "pro"}, subscribed=False)
    assert topics(recorded(listening, project)) == [
        (1, "contact.created"),
        (2, "signed_up"),
        (3, "segment.trial-users.entry"),
        (4, "contact.updated"),
        (5, "contact.unsubscribed"),
        (6, "segment.trial-users.exit"),
    ]


def test_a_write_that_changes_nothing_is_no_fact(heard: Api, listening: Flask, project: Project) -> None:
    for _ in range(2):
        heard.contact("ada@example.com", data={"plan": "trial"})
    assert topics(recorded(listening, project)) == [(1, "contact.created")]


def test_a_deleted_contact_is_told_of_as_it_was(heard: Api, listening: Flask, project: Project) -> None:
    heard.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = heard.contact("ada@example.com", data={"plan": "trial"})
    heard.delete(f"/contacts/{ada['id']}")
    rows = recorded(listening, project)
    assert topics(rows)[2:] == [(3, "segment.trial-users.exit"), (4, "contact.deleted")]
    as_it_was = {"id": ada["id"], "email": "ada@example.com", "subscribed": True, "data": {"plan": "trial"}}
    assert [row.body["contact"] for row in rows[2:]] == [as_it_was] * 2


def test_a_patch_is_told_of(heard: Api, listening: Flask, project: Project) -> None:
    ada = heard.contact("ada@example.com")
    heard.patch(f"/contacts/{ada['id']}", {"email": "ada@acme.com", "subscribed": False})
    rows = recorded(listening, project)
    assert topics(rows)[1:] == [(2, "contact.updated"), (3, "contact.unsubscribed")]
    assert rows[1].body["contact"]["email"] == "ada@acme.com"


def test_a_batch_numbers_each_contacts_facts(heard: Api, listening: Flask, project: Project) -> None:
    events = [{"email": f"c{n % 2}@example.com", "event": f"e{n}"} for n in range(6)]
    heard.post("/v1/track/batch", {"events": events})
    rows = recorded(listening, project)
    assert [row.sequence for row in rows] == [1, 2, 3, 4] * 2
    assert [row.topic for row in rows[:4]] in (
        ["contact.created", "e0", "e2", "e4"],
        ["contact.created", "e1", "e3", "e5"],
    )


def test_who_wants_little_is_told_little(install: Install, settings: Settings, project: Project) -> None:
    install("choosy", CHOOSY)
    with own_app(settings) as app:
        api = Api(app.test_client(), project.secret_key)
        api.segment("Trial users", plan_is("trial"), trackMembership=True)
        ada = api.contact("ada@example.com", data={"plan": "trial"})
        api.delete(f"/contacts/{ada['id']}")
        found = [row.topic for row in recorded(app, project, "choosy")]
        assert found == ["segment.trial-users.exit", "contact.deleted"]


def test_where_nobody_listens_nothing_is_recorded(api: Api, app: Flask, project: Project) -> None:
    api.track("ada@example.com", "signed_up")
    with app.app_context():
        numbers = select(ContactSequence.sequence).where(ContactSequence.project_id == project.id)
        assert db.session.scalars(numbers).all() == []
        rows = select(OutboxRow.id).where(OutboxRow.project_id == project.id)
        assert db.session.scalars(rows).all() == []


def test_the_numbering_of_a_contact_goes_with_it(heard: Api, listening: Flask, project: Project) -> None:
    numbers = select(ContactSequence.sequence).where(ContactSequence.project_id == project.id)
    heard.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = heard.contact("ada@example.com", data={"plan": "trial"})
    with listening.app_context():
        assert db.session.scalars(numbers).all() == [2]
    heard.delete(f"/contacts/{ada['id']}")
    assert topics(recorded(listening, project))[-2:] == [
        (3, "segment.trial-users.exit"),
        (4, "contact.deleted"),
    ]
    with listening.app_context():
        assert db.session.scalars(numbers).all() == []


def test_a_refused_write_leaves_no_fact(heard: Api, listening: Flask, project: Project) -> None:
    heard.contact("ada@example.com")
    too_much: dict[str, Any] = {f"k{n}": n for n in range(150)}
    heard.contact("ada@example.com", data=too_much)
    refused = heard.post("/contacts", {"email": "ada@example.com", "data": {f"l{n}": n for n in range(150)}})
    assert refused.status_code == 422
    assert len(recorded(listening, project)) == 2
