"""`tell` tells a fact as a worker would: to those who want it, one transaction each, as it was stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from plunk import hookimpl
from plunk.accounts.models import Project as ProjectRow
from plunk.config import Settings
from plunk.db.base import db
from plunk.testing.api import Project
from plunk.testing.apps import own_app
from plunk.testing.facts import event_tracked, membership_changed, tell


class Listener:
    """Keeps what it hears, and renames the project on the way."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.fails = False

    @hookimpl
    def plunk_wanted_topics(self, project_id: Any) -> list[str]:
        return ["segment.trial-*.entry", "signed_up"]

    @hookimpl
    def plunk_membership_changed(self, fact: Any) -> None:
        self.hear(fact)

    @hookimpl
    def plunk_event_tracked(self, fact: Any) -> None:
        self.hear(fact)

    def hear(self, fact: Any) -> None:
        self.heard.append(fact)
        row = db.session.get(ProjectRow, fact.project_id)
        assert row is not None
        row.name = f"heard {len(self.heard)}"
        if self.fails:
            raise OSError("nobody is there")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def listening(settings: Settings, listener: Listener) -> Iterator[Flask]:
    """An app with that listener among its plugins."""
    with own_app(settings) as app:
        app.extensions["plunk.plugins"].register(listener, name="listener")
        yield app


def name_of(app: Flask, project: Project) -> str | None:
    with app.app_context():
        return db.session.scalar(select(ProjectRow.name).where(ProjectRow.id == project.id))


def test_a_plugin_hears_what_it_wants_and_nothing_else(
    listening: Flask, listener: Listener, project: Project
) -> None:
    wanted = [
        membership_changed(project.id, "ada@example.com"),
        event_tracked(project.id, "a@b.org", "signed_up"),
    ]
    others = [
        membership_changed(project.id, "ada@example.com", change="exit"),
        membership_changed(project.id, "ada@example.com", segment="VIPs"),
        event_tracked(project.id, "ada@example.com", "signed_up_again"),
    ]
    assert ["listener" in tell(listening, fact) for fact in wanted + others] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert [fact.id for fact in listener.heard] == [fact.id for fact in wanted]


def test_what_a_handler_writes_is_committed(listening: Flask, project: Project) -> None:
    tell(listening, membership_changed(project.id, "ada@example.com"))
    assert name_of(listening, project) == "heard 1"


def test_what_a_handler_raises_comes_out_and_undoes_its_writes(
    listening: Flask, listener: Listener, project: Project
) -> None:
    listener.fails = True
    with pytest.raises(OSError, match="nobody is there"):
        tell(listening, membership_changed(project.id, "ada@example.com"))
    assert name_of(listening, project) == "Tests"


def test_a_fact_arrives_as_it_comes_out_of_the_database(
    listening: Flask, listener: Listener, project: Project
) -> None:
    when = datetime.fromisoformat("2026-11-23T10:00:00+00:00")
    tell(listening, event_tracked(project.id, "ada@example.com", "signed_up", data={"at": when, "seats": 3}))
    assert listener.heard[0].data == {"at": when.isoformat(), "seats": 3}
