"""The room, and what all pages of one segment have: its head and its tabs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask_babel import gettext as _

from plunk.contacts.upsert import Origin
from plunk.dashboard.ground import forms
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.room import Room
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.segments import rules_sent
from plunk.segments import service
from plunk.segments.listing import view
from plunk.segments.models import Segment

room = Room("segments")
ORIGIN = Origin("dashboard", "secret")
"""Where changes of contacts come from; people who are signed in may do what a secret key may."""


def segment_of(segment_id: UUID) -> Segment:
    """Raises SegmentNotFound."""
    return service.get(project_id(), segment_id)


def page(name: str, segment: Segment, *, form: Form | None = None, **values: Any) -> Response:
    """One of the pages about a segment. Its counts are the last ones; a live one comes after the page."""
    shown = view(segment)
    return forms.page(
        f"dashboard/segments/{name}.html",
        form=form,
        segment=segment,
        shown=shown,
        said=rules_sent.told(segment.condition),
        entries=_tabs(segment),
        **values,
    )


def _tabs(segment: Segment) -> list[tuple[str, str, bool]]:
    tabs = [("show", _("Overview")), ("members", _("Members"))]
    if segment.type == service.DYNAMIC:
        tabs.append(("edit_rule", _("Rule")))
    tabs += [("why", _("Check a contact")), ("use", _("Connect")), ("manage", _("Settings"))]
    here = (request.endpoint or "").rpartition(".")[2]
    group = {"add_members": "members", "save_rule": "edit_rule", "save": "manage"}.get(here, here)
    return [(label, url_for(f".{name}", segment_id=segment.id), name == group) for name, label in tabs]
