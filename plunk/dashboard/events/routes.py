"""Pages about events: which there are, and what happened under one name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.contacts import activity
from plunk.dashboard.contacts import words
from plunk.dashboard.contacts.links import segment_url
from plunk.dashboard.ground.answers import go, own_address, toast
from plunk.dashboard.ground.forms import clean, page
from plunk.dashboard.ground.room import Room
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.ground.watching import watched
from plunk.db.session import transaction
from plunk.errors import EventInUse, InvalidInput
from plunk.events import overview, reading
from plunk.events.jobs import DELETE_EVENT
from plunk.events.names import is_reserved
from plunk.jobs import service as jobs
from plunk.segments import service as segments

room = Room("events")
NAMES, LATEST, LONGEST = 50, 25, 255


@room.get("/")
def index() -> Response:
    """Names with their counts; `?after=` goes on behind a name, `?job=` watches one being deleted."""
    search, after = _text("search").strip(), _text("after") or None
    found, has_more = overview.names(project_id(), limit=NAMES, after=after, search=search or None)
    return page(
        "dashboard/events/index.html",
        own=[each for each in found if not is_reserved(each.name)],
        plunks=[each for each in found if is_reserved(each.name)],
        last=found[-1].name if found else None,
        happening=_happening(),
        has_more=has_more,
        after=after,
        search=search,
        job=watched(kinds=[DELETE_EVENT]),
        address=own_address(),
    )


@room.get("/one")
def show() -> ResponseReturnValue:
    """One name, by `?name=`: its days, its latest occurrences, where it is used."""
    name = _text("name")
    usages = reading.usages(project_id(), name)
    try:
        latest = activity.latest(
            project_id(), limit=LATEST, cursor=request.args.get("cursor") or None, name=name
        )
    except InvalidInput:  # the cursor of another list, or of none
        return go(url_for(".show", name=name))
    return page(
        "dashboard/events/show.html",
        name=name,
        said=_happening()(name),
        counted=overview.one(project_id(), name),
        days=overview.daily(project_id(), name),
        latest=latest,
        usages=usages,
        segment_url=segment_url,
        is_reserved=is_reserved(name),
        is_first=not request.args.get("cursor"),
    )


@room.post("/one/delete")
def delete() -> ResponseReturnValue:
    """Removes all events of a name, in the background. One in use stays, and so do those that plunk records itself."""
    name = _text("name")
    try:
        with transaction():
            reading.refuse_if_used(project_id(), name)
            if is_reserved(name):
                return _refused(name, _("Events that plunk records itself cannot be deleted."))
            job_id = jobs.start(project_id(), DELETE_EVENT, {"name": name})
            audit.record(project_id(), actor(), "event.deleted", subject=name)
    except EventInUse as problem:
        return _refused(name, problem.message)
    return go(url_for(".index", job=job_id))


def _happening() -> Callable[[str], str]:
    """How an event is called, by its name."""
    return partial(words.happening, segments=segments.names_by_slug(project_id()))


def _refused(name: str, why: str) -> Response:
    toast(why, "bad")
    return go(url_for(".show", name=name))


def _text(name: str) -> str:
    """Of a form or an address, as text that the database can take."""
    return clean(request.values.get(name, ""))[:LONGEST]
