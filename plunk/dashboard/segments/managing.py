"""A segment's name and description, whether it is tracked, finding its members anew, its end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from plunk.accounts import audit
from plunk.dashboard.ground import seen
from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.formats import number
from plunk.dashboard.ground.forms import Form, one_of
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.segments.making import check_texts
from plunk.dashboard.segments.room import page, room, segment_of
from plunk.db.session import transaction
from plunk.errors import SegmentBroken, SegmentInUse, SegmentNotTracked
from plunk.segments import counting, service
from plunk.segments.models import Segment


@room.get("/<uuid:segment_id>/settings")
def manage(segment_id: UUID) -> Response:
    """All that can be changed beside the rule and the members."""
    segment = segment_of(segment_id)
    return _show(segment, _form(segment))


@room.post("/<uuid:segment_id>/settings")
def save(segment_id: UUID) -> ResponseReturnValue:
    """The slug follows the name, unless something relies on it."""
    form = Form.sent("name", "description", "seen")
    segment = segment_of(segment_id)
    check_texts(form)
    if not form.errors:
        with form.catching(**{"": "name"}), transaction():
            seen.hold(segment_id)
            now = service.get(project_id(), segment_id, is_afresh=True)
            wanted = _texts(form["name"].strip(), form["description"])
            said = " · ".join(filter(None, (now.name, now.description)))
            seen.check(form, _texts(now.name, now.description), wanted, said=said)
            changed = service.change(project_id(), segment_id, **wanted)
            audit.record(project_id(), actor(), "segment.changed", subject=changed.name, what="name")
    if form.errors:
        return _show(segment_of(segment_id), form)
    toast(_("Saved"))
    return go(url_for(".manage", segment_id=segment.id))


@room.post("/<uuid:segment_id>/track")
def track(segment_id: UUID) -> ResponseReturnValue:
    """On or off."""
    is_tracked = one_of("track", ("on", "off")) == "on"
    with transaction():
        segment = service.change(project_id(), segment_id, track_membership=is_tracked)
        what = "tracking on" if is_tracked else "tracking off"
        audit.record(project_id(), actor(), "segment.changed", subject=segment.name, what=what)
    toast(_("Entries and exits are recorded from now on") if is_tracked else _("Tracking is off"))
    return go(url_for(".manage", segment_id=segment_id))


@room.post("/<uuid:segment_id>/refresh")
def refresh(segment_id: UUID) -> ResponseReturnValue:
    """Counts now. A broken segment is tried again: its operator may be mended."""
    try:
        with transaction():
            if segment_of(segment_id).status == "broken":
                service.compute(project_id(), segment_id, emits_existing=False)
        with transaction():
            found = counting.recount(segment_of(segment_id)).total
        toast(ngettext("%(shown)s member", "%(shown)s members", found, shown=number(found)))
    except SegmentBroken as problem:
        toast(problem.message, BAD)
    return go(url_for(".manage", segment_id=segment_id))


@room.post("/<uuid:segment_id>/compute")
def compute(segment_id: UUID) -> ResponseReturnValue:
    """Finds the members anew; the page then shows how far that is."""
    emits = bool(Form.sent("emit_existing")["emit_existing"])
    try:
        with transaction():
            segment = service.compute(project_id(), segment_id, emits_existing=emits)
            audit.record(project_id(), actor(), "segment.computed", subject=segment.name)
        toast(_("Members are being recalculated"))
    except SegmentNotTracked:
        toast(
            _("Only tracked dynamic segments have members to recalculate; others are asked each time."), BAD
        )
    return go(url_for(".show", segment_id=segment_id))


@room.post("/<uuid:segment_id>/delete")
def delete(segment_id: UUID) -> ResponseReturnValue:
    """Refused while something uses it: the page then names what."""
    try:
        with transaction():
            name = segment_of(segment_id).name
            service.remove(project_id(), segment_id)
            audit.record(project_id(), actor(), "segment.deleted", subject=name)
    except SegmentInUse as problem:
        segment = segment_of(segment_id)
        response = _show(segment, _form(segment), users=(problem.details or {}).get("usages", []))
        response.status_code = 409
        return response
    toast(_("Segment deleted. Its contacts stay."))
    return go(url_for(".index"))


def _form(segment: Segment) -> Form:
    shown = _texts(segment.name, segment.description)
    return Form(name=segment.name, description=segment.description or "", seen=seen.mark(shown))


def _texts(name: str, description: str | None) -> dict[str, Any]:
    return {"name": name, "description": description or None}


def _show(segment: Segment, form: Form, users: list[dict[str, str]] | None = None) -> Response:
    return page("settings", segment, form=form, users=users or [])
