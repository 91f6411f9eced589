"""What measurements stand on: servers of their own, seeded data, an app and a plain connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

from benchmarks import projects, seeding
from plunk import memory
from plunk.app import create_app
from plunk.config import Settings
from plunk.contacts.fields import store_coverage
from plunk.db import migrate
from plunk.db.base import db
from plunk.db.session import session_options, transaction
from plunk.embedded.servers import servers
from plunk.jobs.queue import redis
from plunk.plugins import GROUP

PATIENCE_MS = 120_000
"""Longest statement: slow is a result here, not an error."""


@dataclass(frozen=True)
class Stage:
    """`project_id` holds `contacts` contacts with ten events each; `other_id` a tenth of that, for writes."""

    settings: Settings
    app: Flask
    contacts: int
    seeded_at: datetime
    project_id: UUID
    other_id: UUID

    def connect(self) -> psycopg.Connection[Any]:
        """A plain connection with the session options of the app, for hand-written SQL.

        It never prepares: each statement is planned for its own values, the best plan there is.
        """
        options = session_options(PATIENCE_MS)
        return psycopg.connect(address(self.settings), options=options, prepare_threshold=None)


@contextmanager
def stage(home: Path, contacts: int) -> Iterator[Stage]:
    """Starts servers in `home`, seeds them unless an earlier run did, and stops them at the end.

    Raises ClickException if the home holds something else.
    """
    wanted = Settings.from_environment(
        {},
        home=home,
        statement_timeout_web=PATIENCE_MS,
        log_level="warning",
        disabled_plugins=installed_plugins(),
    )
    with servers(wanted, command="benchmarks", durable=False) as settings:
        _seed(settings, contacts)
    with servers(wanted, command="benchmarks", durable=True) as settings:
        app = create_app(settings)
        memory.settle()  # as servers do
        with app.app_context():
            try:
                with psycopg.connect(address(settings)) as connection:
                    seeded = seeding.find(connection)
                assert seeded is not None
                projects.remove_leftovers(seeded.project_id, seeded.other_id)
                yield Stage(settings, app, contacts, seeded.at, seeded.project_id, seeded.other_id)
            finally:
                db.session.remove()
                db.engine.dispose()
                redis().close()


def installed_plugins() -> tuple[str, ...]:
    """Those of this machine stay out: they may listen to every write."""
    return tuple(each.name for each in entry_points(group=GROUP))


def address(settings: Settings, *, user: str | None = None) -> str:
    """The database's URL as psycopg reads it."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    return (url.set(username=user) if user else url).render_as_string(hide_password=False)


def _seed(settings: Settings, contacts: int) -> None:
    with psycopg.connect(address(settings, user="postgres"), autocommit=True) as connection:
        found = seeding.find(connection)
        if found and found.is_like(contacts):
            migrate.upgrade(settings)
            # What an earlier run wrote waits in the pending lists of indexes, where every search reads it.
            connection.execute("VACUUM contacts, events, activity")
            return
        if found is None and seeding.holds_data(connection):
            raise click.ClickException(f"{settings.home} holds data of yours. Name another folder: --home")
        if found:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public AUTHORIZATION plunk")
        migrate.upgrade(settings)
        seeding.seed(connection, contacts)
        seeded = seeding.find(connection)
        assert seeded is not None
    _count_coverage(settings, [seeded.project_id, seeded.other_id])


def _count_coverage(settings: Settings, projects: list[UUID]) -> None:
    """What the background job would have done by now."""
    app = create_app(replace(settings, statement_timeout_web=PATIENCE_MS))
    with app.app_context():
        for project_id in projects:
            with transaction():
                store_coverage(project_id)
        db.session.remove()
        db.engine.dispose()
        redis().close()
