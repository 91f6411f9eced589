"""`plunk db`: the schema."""

from __future__ import annotations

import click

from plunk.cli.context import say
from plunk.config import Settings
from plunk.db import migrate
from plunk.embedded.servers import servers


@click.group("db")
def database() -> None:
    """The database's schema."""


@database.command()
def upgrade() -> None:
    """Bring the database to the newest schema. Safe to run at any time, and twice."""
    with servers(Settings.from_environment(), command="db upgrade") as settings:
        migrate.upgrade(settings)
    say("The schema is up to date.")
