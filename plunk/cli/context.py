"""What commands stand on: settings, servers, an app, and errors as sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click
import psycopg
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from plunk.accounts import service as accounts
from plunk.app import CANNOT_START, close, create_app
from plunk.config import Settings
from plunk.db import migrate
from plunk.embedded.servers import servers
from plunk.errors import InvalidInput, PlunkError


class Group(click.Group):
    """A group whose commands end with a sentence, not a traceback, when something expected goes wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidInput as problem:
            raise click.ClickException(
                "; ".join(f"{p.field}: {p.message}" for p in problem.problems)
            ) from None
        except PlunkError as problem:
            raise click.ClickException(_sentence(problem)) from None
        except CANNOT_START as problem:
            raise click.ClickException(str(problem)) from None
        except (SQLAlchemyError, psycopg.Error) as problem:
            reason = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
            raise click.ClickException(
                f"The database does not do it ({reason}). plunk check says more."
            ) from None


@contextmanager
def app_of(command: str, *, is_worker: bool = False, stays: bool = False) -> Iterator[tuple[Flask, Settings]]:
    """An app on the servers of this home: those that run, or its own for as long as the command takes.

    Raises `BadSetting` for a worker without a secret key.
    """
    with servers(Settings.from_environment(), command=command, stays=stays) as settings:
        if is_worker:
            settings.fit_to_serve()
        migrate.upgrade(settings)
        app = create_app(settings, is_worker=is_worker)
        try:
            with app.app_context():
                yield app, settings
        finally:
            close(app)


def project_of(project_id: UUID | None) -> UUID:
    """The project that is meant: the one named, or the only one. Raises ProjectNotFound, UsageError."""
    if project_id:
        return accounts.get_project(project_id).id
    found = accounts.list_projects()
    if len(found) == 1:
        return found[0].id
    if not found:
        raise click.ClickException('There is no project yet: plunk project create "My shop" makes one.')
    names = "".join(f"\n  {project.id}  {project.name}" for project in found)
    raise click.UsageError(f"There are several projects: say which with --project.{names}")


def say(text: str) -> None:
    """A line for people; standard output stays for results."""
    click.echo(text, file=sys.stderr)


def _sentence(problem: PlunkError) -> str:
    return f"{problem.message}. {problem.suggestion}" if problem.suggestion else problem.message
