"""`plunk project`: making, listing and changing projects."""

from __future__ import annotations

import json
from uuid import UUID

import click

from plunk.accounts import audit, service
from plunk.accounts.audit import Actor
from plunk.cli.context import app_of, say
from plunk.contacts.languages import LANGUAGES
from plunk.db.session import transaction


@click.group()
def project() -> None:
    """Projects: each has its own contacts, segments and keys."""


@project.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print id, name, publicKey and secretKey as JSON.")
def create(name: str, as_json: bool) -> None:
    """Make a project called NAME and show its two keys, once.

    Example: plunk project create "My shop"
    """
    with app_of("project create"), transaction():
        made = service.create_project(name)
    if as_json:
        keys = {"publicKey": made.public_key, "secretKey": made.secret_key}
        click.echo(json.dumps({"id": str(made.id), "name": made.name, **keys}))
        return
    click.echo(f"Project     {made.name}\nId          {made.id}")
    click.echo(f"Secret key  {made.secret_key}\nPublic key  {made.public_key}")
    say("Keep the keys: they are not shown again.")


@project.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_projects(as_json: bool) -> None:
    """List all projects."""
    with app_of("project list"):
        found = [
            {
                "id": str(row.id),
                "name": row.name,
                "language": row.language,
                "publicKeyMaySubscribe": row.public_key_may_subscribe,
            }
            for row in service.list_projects()
        ]
    if as_json:
        click.echo(json.dumps(found))
    elif not found:
        say('There is no project yet: plunk project create "My shop" makes one.')
    for row in [] if as_json else found:
        click.echo(f"{row['id']}  {row['name']}")


@project.command("set")
@click.argument("project_id", type=click.UUID)
@click.option("--name", help="A new name.")
@click.option(
    "--language", type=click.Choice(sorted(LANGUAGES)), metavar="CODE", help="ISO 639-1, such as de."
)
@click.option(
    "--public-key-may-subscribe/--no-public-key-may-subscribe",
    "public_key_may_subscribe",
    default=None,
    help="Whether a public key may change the subscription of contacts that exist already.",
)
def set_project(
    project_id: UUID, name: str | None, language: str | None, public_key_may_subscribe: bool | None
) -> None:
    """Change settings of the project with this id."""
    with app_of("project set"), transaction():
        row = service.set_project(
            project_id, name=name, language=language, public_key_may_subscribe=public_key_may_subscribe
        )
        given = {"name": name, "language": language, "publicKeyMaySubscribe": public_key_may_subscribe}
        changed = {key: value for key, value in given.items() if value is not None}
        audit.record(project_id, Actor(), "project.changed", subject=row.name, **changed)
        may = "yes" if row.public_key_may_subscribe else "no"
        click.echo(f"{row.id}  {row.name}  language {row.language}, publicKeyMaySubscribe {may}")
