"""The same for many contacts: chosen in the list, asked about on a page, done by a job that the page watches."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.bulk import service
from plunk.config import settings
from plunk.contacts import listing
from plunk.dashboard.contacts.links import segment_url
from plunk.dashboard.contacts.room import BY_HAND, room
from plunk.dashboard.contacts.wanted import Wanted
from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.forms import Form, one_of, page
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.jobs.words import KINDS
from plunk.db.session import transaction
from plunk.errors import SegmentNotFound
from plunk.exports.answers import file_of
from plunk.exports.layouts import FORMATS
from plunk.jobs import service as jobs
from plunk.segments import service as segments
from plunk.segments.models import Segment
from plunk.segments.selection import Selection

ACTIONS = {
    "subscribe": "contacts.subscribe",
    "unsubscribe": "contacts.unsubscribe",
    "delete": "contacts.delete",
    "add": "members.add",
}
"""Kinds of jobs by the button that begins them."""
_DEEDS = {
    "subscribe": "contacts.subscribed",
    "unsubscribe": "contacts.unsubscribed",
    "delete": "contacts.deleted",
    "add": "contacts.added_to_segment",
}
SHOWN = 8


@dataclass(frozen=True)
class Chosen:
    """Whom somebody ticked: `ids`, or all of a list, as it stands in hidden fields from page to page."""

    ids: tuple[UUID, ...]
    is_all: bool
    wanted: Wanted

    @classmethod
    def sent(cls) -> Chosen:
        ids = (_id(text) for text in request.form.getlist("id")[: settings().max_bulk_ids])
        is_all = request.form.get("scope") == "all"
        return cls(
            () if is_all else tuple(dict.fromkeys(each for each in ids if each)),
            is_all,
            Wanted.read(request.form),
        )

    @property
    def is_nobody(self) -> bool:
        return not self.is_all and not self.ids

    @property
    def selection(self) -> Selection:
        if not self.is_all:
            return Selection(project_id(), ids=self.ids)
        return Selection(
            project_id(), search=self.wanted.search or None, subscribed=self.wanted.is_subscribed
        )


@room.post("/many")
def ask() -> ResponseReturnValue:
    """What is about to be done, and to how many: counted now, however long that takes."""
    chosen, action = Chosen.sent(), one_of("action", ACTIONS)
    if chosen.is_nobody:
        return _nobody(chosen)
    return _ask(chosen, action, Form(segment=""))


@room.post("/many/start")
def start() -> ResponseReturnValue:
    """Begins the job."""
    chosen, action = Chosen.sent(), one_of("action", ACTIONS)
    if chosen.is_nobody:
        return _nobody(chosen)
    form = Form.sent("segment")
    segment = _segment(form) if action == "add" else None
    if not form.errors:
        with form.catching(), transaction():
            number = _count(chosen.selection)
            job_id = service.start(ACTIONS[action], chosen.selection, BY_HAND, segment=segment)
            subject = segment.name if segment else ""
            audit.record(project_id(), actor(), _DEEDS[action], subject=subject, number=number)
    if form.errors:
        return _ask(chosen, action, form)
    return go(url_for(".watch", job_id=job_id))


@room.post("/many/export")
def export() -> ResponseReturnValue:
    """A file of them, as a stream."""
    chosen, form = Chosen.sent(), one_of("format", ("", *FORMATS)) or FORMATS[0]
    if chosen.is_nobody:
        return _nobody(chosen)
    return file_of(chosen.selection, form, name="contacts", has_bom=form == "csv")


@room.get("/many/<uuid:job_id>")
def watch(job_id: UUID) -> Response:
    """How a job goes."""
    job = service.get(project_id(), job_id)
    segment_id = job.params.get("segmentId")
    return page(
        "dashboard/contacts/watch.html",
        job=job,
        seen=service.view(job),
        action=next((name for name, kind in ACTIONS.items() if kind == job.kind), ""),
        segment_link=segment_url(segment_id) if segment_id else "",
    )


@room.post("/many/<uuid:job_id>/cancel")
def cancel(job_id: UUID) -> ResponseReturnValue:
    """Ends it early; what is done stays done."""
    form = Form()
    with form.catching(), transaction():
        job = service.get(project_id(), job_id)
        jobs.cancel(job)
        audit.record(project_id(), actor(), "job.cancelled", subject=str(KINDS[job.kind]))
    for message in form.errors.values():
        toast(message, BAD)
    return go(url_for(".watch", job_id=job_id))


def _ask(chosen: Chosen, action: str, form: Form) -> Response:
    selection = chosen.selection
    return page(
        "dashboard/contacts/ask.html",
        form=form,
        chosen=chosen,
        action=action,
        number=_count(selection),
        some=listing.newest(selection.where(), limit=SHOWN),
        static=[each for each in segments.list_segments(project_id()) if each.type == "STATIC"],
    )


def _nobody(chosen: Chosen) -> ResponseReturnValue:
    toast(_("Select somebody first."), BAD)
    return go(chosen.wanted.url)


def _count(selection: Selection) -> int:
    return listing.count(selection.where())


def _segment(form: Form) -> Segment | None:
    try:
        return segments.get(project_id(), UUID(form["segment"]))
    except (ValueError, SegmentNotFound):
        form.refuse("segment", _("Choose one of the list."))
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
