"""The `plunk` command."""

from __future__ import annotations

import click

from plunk.cli.check import check
from plunk.cli.context import Group
from plunk.cli.database import database
from plunk.cli.documents import openapi
from plunk.cli.keys import key
from plunk.cli.processes import scheduler, worker
from plunk.cli.projects import project
from plunk.cli.up import up


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plunk")
def main() -> None:
    """Contacts and segments for people who send e-mail.

    Start with `plunk up`: it brings its own PostgreSQL and Valkey, and prints what to try first. All other commands
    work beside it, or without it.

    Settings come from the environment; docs/settings.md lists them.
    """


for command in (up, project, key, database, worker, scheduler, check, openapi):
    main.add_command(command)
