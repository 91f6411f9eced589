"""One contact: what is known, what happened, and what can be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Row

from plunk.accounts import audit
from plunk.contacts import fields, service
from plunk.contacts.data import DataWrite
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.contacts.timeline import timeline
from plunk.contacts.upsert import SUBSCRIBED, UNSUBSCRIBED
from plunk.dashboard.contacts import editor, words
from plunk.dashboard.contacts.links import segment_url
from plunk.dashboard.contacts.room import BY_HAND, room
from plunk.dashboard.ground import seen
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form, one_of, page
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.db.session import transaction
from plunk.errors import InvalidInput
from plunk.events import reading
from plunk.segments.of_contact import segments_of

STEPS, FLIPS, DOINGS = 25, 3, 50
MAX_REASON = 200


@room.get("/<uuid:contact_id>")
def show(contact_id: UUID) -> ResponseReturnValue:
    """All about one contact; `?cursor=` goes further back in what happened."""
    contact = service.get(project_id(), contact_id)
    try:
        story = timeline(project_id(), contact_id, limit=STEPS, cursor=request.args.get("cursor") or None)
    except InvalidInput:  # the cursor of another list, or of none
        return go(url_for(".show", contact_id=contact_id))
    found, unjudged = segments_of(project_id(), contact_id)
    doings = reading.activity_of(project_id(), contact_id, limit=DOINGS)
    return page(
        "dashboard/contacts/show.html",
        contact=contact,
        rows=editor.rows_of(contact.data),
        story=story,
        flips=_flips(contact_id),
        memberships=found,
        unjudged=unjudged,
        doings=[each for each in doings if not each.name.startswith(("segment.", "contact.", "email."))],
        mail=[each for each in doings if each.name.startswith("email.")],
        mail_words=words.MAIL,
        source=words.source,
        segment_url=segment_url,
    )


@room.route("/<uuid:contact_id>/edit", methods=["GET", "POST"])
def edit(contact_id: UUID) -> ResponseReturnValue:
    """The address and the custom data; of the data, what was changed in the form is merged."""
    contact = service.get(project_id(), contact_id)
    if request.method == "GET":
        return _edit(
            contact, Form(email=contact.email, seen=seen.mark(contact.email)), editor.rows_of(contact.data)
        )
    form = Form.sent("email", "seen")
    write, rows = editor.read(editor.sent_rows(), form)
    address = _address(form)
    if not form.errors:
        with form.catching(**{"": "email"}), transaction():
            rows = _save(contact_id, form, address, write, rows)
    if not form.errors:
        toast(_("Saved"))
        return go(url_for(".show", contact_id=contact_id))
    return _edit(contact, form, rows)


@room.post("/<uuid:contact_id>/subscription")
def set_subscription(contact_id: UUID) -> ResponseReturnValue:
    """Subscribes or unsubscribes, with a reason if somebody gave one."""
    wanted = one_of("subscribed", ("yes", "no")) == "yes"
    reason = Form.sent("reason")["reason"].strip()[:MAX_REASON]
    with transaction():
        before = service.get(project_id(), contact_id)
        service.change(
            project_id(), contact_id, origin=replace(BY_HAND, reason=reason or None), subscribed=wanted
        )
        if before.subscribed != wanted:
            _note(SUBSCRIBED if wanted else UNSUBSCRIBED, contact_id)
    toast(_("Contact subscribed") if wanted else _("Contact unsubscribed"))
    return go(url_for(".show", contact_id=contact_id))


@room.post("/<uuid:contact_id>/delete")
def delete(contact_id: UUID) -> ResponseReturnValue:
    """Everything about a contact goes."""
    with transaction():
        service.remove(project_id(), contact_id)
        _note("contact.deleted", contact_id)
    toast(_("Contact deleted"))
    return go(url_for(".index"))


def _save(
    contact_id: UUID, form: Form, address: str, write: DataWrite, rows: list[editor.Row]
) -> list[editor.Row]:
    """Unless somebody else saved something else meanwhile; the rows then say so."""
    seen.hold(contact_id)
    before = service.get(project_id(), contact_id)
    seen.check(form, before.email, address, said=before.email)
    rows = editor.overtaken(rows, write, before.data)
    if any(row.error for row in rows):
        form.refuse("", _("Somebody else changed some of these fields."))
        return rows
    after = service.change(project_id(), contact_id, origin=BY_HAND, email=address, data=write)
    if after.updated_at != before.updated_at:
        changed = [*(["email"] if after.email != before.email else []), *sorted({*write.keep, *write.remove})]
        _note("contact.changed", contact_id, fields=", ".join(changed)[:500])
    return rows


def _edit(contact: Row[Any], form: Form, rows: list[editor.Row]) -> Response:
    return page(
        "dashboard/contacts/edit.html",
        form=form,
        contact=contact,
        rows=rows,
        types=editor.TYPES,
        blank=editor.Row(),
        known=fields.catalogued(project_id()),
    )


def _address(form: Form) -> str:
    try:
        return normalise(form["email"])
    except InvalidEmail as problem:
        form.refuse("email", str(problem))
        return ""


def _flips(contact_id: UUID) -> list[Row[Any]]:
    """The latest changes of the subscription."""
    found = [
        event
        for name in (SUBSCRIBED, UNSUBSCRIBED)
        for event in reading.list_events(project_id(), limit=FLIPS, name=name, contact_id=contact_id)[
            "events"
        ]
    ]
    return sorted(found, key=lambda event: event.created_at, reverse=True)[:FLIPS]


def _note(action: str, contact_id: UUID, **details: str) -> None:
    """By id: the audit log stays when a contact goes, and must not keep the address."""
    audit.record(project_id(), actor(), action, subject=str(contact_id), **details)
