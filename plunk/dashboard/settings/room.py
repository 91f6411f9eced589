"""The room, and the tabs of its pages."""

from __future__ import annotations

from flask import Response, request, url_for
from flask_babel import gettext as _

from plunk.dashboard.ground import forms, visitor
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.room import Room

room = Room("settings")


def page(name: str, *, form: Form | None = None, tab: str = "", **values: object) -> Response:
    """One of the room's templates, with its tabs; the audit log is for owners. `tab` is the one to mark where the
    view's name does not say it."""
    tabs = [("index", _("Project")), ("keys", _("Keys")), ("people", _("Members"))]
    if visitor.visitor().is_owner:
        tabs.append(("audit_log", _("Audit log")))
    here = tab or (request.endpoint or "").rpartition(".")[2]
    entries = [(label, url_for(f".{view}"), view == here) for view, label in tabs]
    return forms.page(f"dashboard/settings/{name}.html", form=form, entries=entries, **values)
