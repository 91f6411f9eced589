"""`plunk key`: the keys of a project."""

from __future__ import annotations

import json
from uuid import UUID

import click

from plunk.accounts import audit, keys, service
from plunk.accounts.audit import Actor
from plunk.cli.context import app_of, say
from plunk.clock import iso
from plunk.db.session import transaction


@click.group()
def key() -> None:
    """API keys: secret ones open everything, public ones only POST /v1/track."""


@key.command()
@click.argument("project_id", type=click.UUID)
@click.option("--kind", type=click.Choice(["secret", "public"]), default="secret", show_default=True)
@click.option("--name", default="", help="What the key is for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(project_id: UUID, kind: str, name: str, as_json: bool) -> None:
    """Make a further key and show it, once."""
    with app_of("key create"), transaction():
        service.get_project(project_id)
        made = keys.create_key(project_id, kind, name=name)
        audit.record(project_id, Actor(), "key.created", subject=f"{made.key[:10]}…", kind=kind, name=name)
    if as_json:
        click.echo(json.dumps({"id": str(made.id), "kind": made.kind, "key": made.key}))
        return
    click.echo(f"Id   {made.id}\nKey  {made.key}")
    say("Keep the key: it is not shown again.")


@key.command("list")
@click.argument("project_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(project_id: UUID, as_json: bool) -> None:
    """List the keys of a project: their first characters, never the keys."""
    with app_of("key list"):
        service.get_project(project_id)
        found = [
            {
                "id": str(row.id),
                "kind": row.kind,
                "name": row.name,
                "prefix": row.prefix,
                "createdAt": iso(row.created_at),
                "revokedAt": iso(row.revoked_at) if row.revoked_at else None,
            }
            for row in keys.list_keys(project_id)
        ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for row in found:
        state = f"revoked {row['revokedAt']}" if row["revokedAt"] else f"since {row['createdAt']}"
        click.echo(f"{row['id']}  {row['kind']:6}  {row['prefix']}…  {state}  {row['name']}")


@key.command()
@click.argument("key_id", type=click.UUID)
def revoke(key_id: UUID) -> None:
    """End the key with this id (see plunk key list). It stops working within a second."""
    with app_of("key revoke"), transaction():
        row = keys.revoke_key(key_id)
        audit.record(
            row.project_id, Actor(), "key.revoked", subject=f"{row.prefix}…", kind=row.kind, name=row.name
        )
        click.echo(f"{row.prefix}… is revoked")
