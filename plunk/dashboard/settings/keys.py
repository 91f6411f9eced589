"""API keys: made and shown once, listed by their first characters, revoked."""

from __future__ import annotations

from uuid import UUID

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.accounts import keys as service
from plunk.accounts.models import ApiKey
from plunk.dashboard.ground import once
from plunk.dashboard.ground.answers import go, own_address, toast
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.room import owners_only
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.settings.room import page, room
from plunk.db.session import transaction

MAX_NAME = 100


@room.get("/keys")
def keys() -> Response:
    """Those that work, and those that were revoked."""
    return _list(Form(kind="secret", name=""))


@room.post("/keys")
@owners_only
def create_key() -> ResponseReturnValue:
    """The key is in this answer and nowhere else: it is not kept, not even for the next page."""
    form = Form.sent("kind", "name")
    if form["kind"] not in service.PREFIXES:
        form.refuse("kind", _("Choose one of the list."))
    if len(form["name"]) > MAX_NAME:
        form.refuse("name", _("At most %(number)s characters.", number=MAX_NAME))
    if form.errors:
        return _list(form)
    with transaction():
        key_id = once.take(ApiKey)
        if key_id is None:
            return once.again(url_for(".keys"))
        made = service.create_key(project_id(), form["kind"], name=form["name"].strip(), key_id=key_id)
        audit.record(
            project_id(),
            actor(),
            "key.created",
            subject=f"{made.key[:10]}…",
            kind=made.kind,
            name=form["name"],
        )
    response = page("key_made", tab="keys", made=made, address=own_address())
    response.status_code = 201
    return response


@room.post("/keys/<uuid:key_id>/revoke")
@owners_only
def revoke_key(key_id: UUID) -> ResponseReturnValue:
    """Ends it within a second."""
    with transaction():
        row = service.revoke_key(key_id, project_id=project_id())
        audit.record(
            project_id(), actor(), "key.revoked", subject=f"{row.prefix}…", kind=row.kind, name=row.name
        )
    toast(_("Key revoked."))
    return go(url_for(".keys"))


def _list(form: Form) -> Response:
    found = service.list_keys(project_id())
    return page(
        "keys",
        form=form,
        working=[row for row in found if row.revoked_at is None],
        revoked=[row for row in reversed(found) if row.revoked_at is not None],
    )
