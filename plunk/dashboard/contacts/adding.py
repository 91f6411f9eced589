"""Adding a contact by hand."""

from __future__ import annotations

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.contacts import fields, service
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.contacts.upsert import ContactWrite, upsert
from plunk.dashboard.contacts import editor
from plunk.dashboard.contacts.room import BY_HAND, room
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.db.session import transaction
from plunk.errors import ContactNotFound, EmailTaken


@room.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Subscribed unless told otherwise. Somebody who is known already is not touched."""
    form, rows = Form(email="", subscribed="on"), [editor.Row()]
    if request.method == "POST":
        form = Form.sent("email", "subscribed")
        write, rows = editor.read(editor.sent_rows(), form)
        try:
            address = normalise(form["email"])
        except InvalidEmail as problem:
            form.refuse("email", str(problem))
        if not form.errors:
            with form.catching(**{"": "email"}):
                contact_id = _add(ContactWrite(address, write, bool(form["subscribed"])))
                toast(_("Contact added"))
                return go(url_for(".show", contact_id=contact_id))
    return page(
        "dashboard/contacts/new.html",
        form=form,
        rows=rows or [editor.Row()],
        types=editor.TYPES,
        blank=editor.Row(),
        known=fields.catalogued(project_id()),
        existing=_existing(form),
    )


def _add(write: ContactWrite) -> UUID:
    """Raises EmailTaken, InvalidInput."""
    with transaction():
        done = upsert(project_id(), write, BY_HAND)
        if not done.is_new:
            raise EmailTaken
        audit.record(project_id(), actor(), "contact.created", subject=str(done.contact_id))
    return done.contact_id


def _existing(form: Form) -> UUID | None:
    """Whoever has the address of a form that was refused."""
    if "email" not in form.errors:
        return None
    try:
        found: UUID = service.get_by_email(project_id(), form["email"]).id
    except ContactNotFound:
        return None
    return found
