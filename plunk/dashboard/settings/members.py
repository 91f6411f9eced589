"""Who may enter the project: inviting, roles, removing, leaving."""

from __future__ import annotations

from uuid import UUID

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit, invitations
from plunk.accounts import members as service
from plunk.accounts.errors import MemberNotFound
from plunk.accounts.invitations import Invitation
from plunk.accounts.people import MEMBER, ROLES, UserLink
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.dashboard.ground import once
from plunk.dashboard.ground.answers import BAD, go, own_address, toast
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.room import owners_only
from plunk.dashboard.ground.visitor import actor, project_id, user
from plunk.dashboard.settings.room import page, room
from plunk.db.session import transaction


@room.get("/members")
def people() -> Response:
    """Everybody who may enter, and for owners a form to let somebody in."""
    return _list(Form(email="", role=MEMBER))


@room.post("/members")
@owners_only
def add_person() -> ResponseReturnValue:
    """Somebody with an account is in at once; somebody new gets a link, which is in this answer and nowhere else."""
    form = Form.sent("email", "role")
    if form["role"] not in ROLES:
        form.refuse("role", _("Choose one of the list."))
    try:
        email = normalise(form["email"])
    except InvalidEmail as problem:
        form.refuse("email", str(problem))
    if form.errors:
        return _list(form)
    with form.catching(**{"": "email"}):
        with transaction():
            invitation = invitations.invite(project_id(), email, form["role"])
            audit.record(project_id(), actor(), "member.added", subject=email, role=form["role"])
        if invitation.token:
            return _with_link(invitation)
        toast(_("%(email)s is a member now.", email=email))
        return go(url_for(".people"))
    return _list(form)


@room.post("/members/<uuid:user_id>/link")
@owners_only
def new_link(user_id: UUID) -> ResponseReturnValue:
    """For somebody who lost theirs and has not signed in yet."""
    with transaction():
        link_id = once.take(UserLink)
        if link_id is None:
            return once.again(url_for(".people"))
        invitation = invitations.invite_again(project_id(), user_id, link_id=link_id)
        audit.record(project_id(), actor(), "member.invited_again", subject=invitation.user.email)
    return _with_link(invitation)


@room.post("/members/<uuid:user_id>/role")
@owners_only
def change_role(user_id: UUID) -> ResponseReturnValue:
    """Owner or member; the last owner stays one."""
    form = Form.sent("role")
    if form["role"] not in ROLES:
        form.refuse("role", _("Choose one of the list."))
    with form.catching():
        if not form.errors:
            with transaction():
                who = _person(user_id)
                service.change_role(project_id(), user_id, form["role"])
                if who.role != form["role"]:
                    audit.record(
                        project_id(), actor(), "member.changed", subject=who.email, role=form["role"]
                    )
            toast(_("Saved."))
    return _back(form)


@room.post("/members/<uuid:user_id>/remove")
@owners_only
def remove_person(user_id: UUID) -> ResponseReturnValue:
    """At once: the next page they ask for does not exist for them."""
    form = Form()
    with form.catching():
        with transaction():
            email = invitations.let_go(project_id(), user_id)
            audit.record(project_id(), actor(), "member.removed", subject=email)
        toast(_("%(email)s is no longer a member.", email=email))
    return _back(form)


@room.post("/members/leave")
def leave() -> ResponseReturnValue:
    """Whoever wants to go, may; except the last owner."""
    form = Form()
    with form.catching():
        with transaction():
            audit.record(project_id(), actor(), "member.left", subject=user().email)
            invitations.let_go(project_id(), user().id)
        toast(_("You have left the project."))
        return go(url_for("dashboard.projects.index"))
    return _back(form)


def _list(form: Form) -> Response:
    return page("members", form=form, people=service.list_members(project_id()), roles=_roles())


def _roles() -> list[tuple[str, str]]:
    return list(zip(ROLES, (_("Owner"), _("Member")), strict=True))


def _person(user_id: UUID) -> service.Person:
    found = [each for each in service.list_members(project_id()) if each.id == user_id]
    if not found:
        raise MemberNotFound
    return found[0]


def _with_link(invitation: Invitation) -> Response:
    base = own_address()
    link = base + url_for("dashboard.entrance.password", token=invitation.token)
    response = page("invited", tab="people", email=invitation.user.email, link=link)
    response.status_code = 201
    return response


def _back(form: Form) -> ResponseReturnValue:
    for message in form.errors.values():
        toast(message, BAD)
    return go(url_for(".people"))
