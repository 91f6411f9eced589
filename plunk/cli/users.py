"""`plunk user`: people who sign in to the dashboard."""

from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID

import click

from plunk.accounts import audit, links, members, service, sessions, signing_in, users
from plunk.accounts.audit import Actor
from plunk.accounts.errors import UserNotFound
from plunk.accounts.people import MEMBER, ROLES, User
from plunk.cli.context import app_of, say
from plunk.clock import iso
from plunk.config import Settings
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.db.session import transaction

_FROM_STDIN = "Read the password from standard input instead of making a link."


@click.group()
def user() -> None:
    """People who sign in to the dashboard, and their passwords."""


@user.command()
@click.argument("email")
@click.option(
    "--project", "project_id", type=click.UUID, help="The project they may enter (see plunk project list)."
)
@click.option(
    "--role", type=click.Choice(ROLES), default=MEMBER, show_default=True, help="What they are there."
)
@click.option("--password-stdin", is_flag=True, help=_FROM_STDIN)
def create(email: str, project_id: UUID | None, role: str, password_stdin: bool) -> None:
    """Make a user with this EMAIL, and print a link by which they choose a password.

    The first user owns every project that belongs to nobody yet. Later ones need --project to see one; if they exist
    already, they are let into that project too.

    \b
    Examples:
      plunk user create ada@example.com
      plunk user create bob@example.com --project 0190… --role member
      echo "a long secret" | plunk user create ada@example.com --password-stdin
    """
    address, password = _address(email), _read_password() if password_stdin else None
    with app_of("user create") as (_, settings), transaction():
        if project_id is not None:
            service.get_project(project_id)
        is_first = not users.any_user()
        person = users.find_user(address) if project_id and password is None else None
        is_new = person is None
        person = person or users.create_user(address, password=password)
        if is_first:
            signing_in.own_what_is_there(person)
        if project_id is not None and members.membership(project_id, person.id) is None:
            members.add_member(project_id, person.id, role)
            audit.record(project_id, Actor(), "member.added", subject=address, role=role)
        link = _link(settings, person) if is_new and password is None else ""
        click.echo(f"User  {person.email}\nId    {person.id}")
    if link:
        click.echo(f"Link  {link}")
        say("Pass the link on: it works once, for three days.")


@user.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help=_FROM_STDIN)
def password(email: str, password_stdin: bool) -> None:
    """Give the user with this EMAIL a new password: by a link that works once, or from standard input.

    Their sessions end when the new password is set.

    \b
    Examples:
      plunk user password ada@example.com
      echo "a long secret" | plunk user password ada@example.com --password-stdin
    """
    address, new = _address(email), _read_password() if password_stdin else None
    with app_of("user password") as (_, settings), transaction():
        person = users.find_user(address)
        if person is None:
            raise UserNotFound(f"There is no user with the address {address}")
        if new is None:
            click.echo(f"Link  {_link(settings, person)}")
            say("The link works once, for three days. The current password works until then.")
            return
        users.set_password(person, new)
        ended = sessions.end_all(person.id)
        audit.record_everywhere(Actor(person.id), "password.reset", subject=address)
        say(f"The password is set; {ended} sessions ended.")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_users(as_json: bool) -> None:
    """List all users, with the projects they may enter."""
    with app_of("user list"):
        found = [_described(each) for each in users.list_users()]
    if as_json:
        click.echo(json.dumps(found))
        return
    if not found:
        say("There is no user yet: plunk user create ada@example.com makes one.")
    for each in found:
        where = ", ".join(f"{project['name']} ({project['role']})" for project in each["projects"])
        waits = "" if each["hasPassword"] else "  has not chosen a password yet"
        click.echo(f"{each['id']}  {each['email']}  {where or 'no project'}{waits}")


def _described(person: User) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "email": person.email,
        "hasPassword": person.password_hash is not None,
        "createdAt": iso(person.created_at),
        "projects": [
            {"id": str(each.project.id), "name": each.project.name, "role": each.role}
            for each in members.memberships(person.id)
        ],
    }


def _link(settings: Settings, person: User) -> str:
    return f"{settings.base_url}/dashboard/password/{links.password_token(person)}"


def _address(email: str) -> str:
    try:
        return normalise(email)
    except InvalidEmail as problem:
        raise click.BadParameter(str(problem), param_hint="EMAIL") from None


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")
