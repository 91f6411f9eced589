"""The `plunk` command."""

from __future__ import annotations

import click

from plunk.cli.check import check
from plunk.cli.context import Group
from plunk.cli.database import database
from plunk.cli.documents import openapi
from plunk.cli.exporting import export
from plunk.cli.importing import import_
from plunk.cli.keys import key
from plunk.cli.plugins import plugins
from plunk.cli.processes import scheduler, worker
from plunk.cli.projects import project
from plunk.cli.up import up
from plunk.cli.users import user


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plunk")
def main() -> None:
    """Contacts and segments for people who send e-mail.

    Start with `plunk up`: it brings its own PostgreSQL and Valkey, and prints what to try first. All other commands
    work beside it, or without it.

    Settings come from the environment; docs/settings.md lists them.
    """


for command in (
    up,
    project,
    key,
    user,
    import_,
    export,
    database,
    worker,
    scheduler,
    check,
    plugins,
    openapi,
):
    main.add_command(command)
