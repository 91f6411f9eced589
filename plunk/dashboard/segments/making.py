"""A new segment: a rule, or a list of addresses."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from plunk.accounts import audit
from plunk.config import settings
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.segments import addresses, rules_sent
from plunk.dashboard.segments.examples import BY_KEY
from plunk.dashboard.segments.room import ORIGIN, room
from plunk.db.session import transaction
from plunk.errors import InvalidInput
from plunk.segments import service
from plunk.segments.models import Segment

FIELDS = (
    "type",
    "name",
    "description",
    "track",
    "condition",
    "emails",
    "leave_out",
    "asked",
    "create_missing",
    "subscribed",
)


@room.get("/new")
def new() -> Response:
    """Empty, or filled with one of the examples."""
    form = Form(type=service.DYNAMIC, subscribed="on", condition="")
    if request.args.get("type") == service.STATIC:
        form.values["type"] = service.STATIC
    example = BY_KEY.get(request.args.get("example", ""))
    if example:
        form.values |= {"name": str(example.name), "condition": rules_sent.shown(example.condition)}
    return _show(form)


@room.post("/new")
def create() -> ResponseReturnValue:
    """Saves it, or says what is missing."""
    form = Form.sent(*FIELDS)
    check_texts(form)
    if form["type"] not in (service.DYNAMIC, service.STATIC):
        form.refuse("type", _("Choose one of the two."))
    segment = None
    unknown: list[str] = []
    if not form.errors and form["type"] == service.DYNAMIC:
        segment = _create_dynamic(form)
    elif not form.errors:
        segment, unknown = _create_static(form)
    if segment is None:
        return _show(form, unknown)
    toast(_("Segment created"))
    return go(url_for(".show", segment_id=segment.id))


def check_texts(form: Form) -> None:
    """Name and description within their limits."""
    for name, most in (("name", settings().max_segment_name), ("description", settings().max_description)):
        if len(form[name]) > most:
            form.refuse(name, _("At most %(number)s characters.", number=most))
    if not form["name"].strip():
        form.refuse("name", _("A segment needs a name."))


def _create_dynamic(form: Form) -> Segment | None:
    try:
        rule = rules_sent.read(form["condition"])
    except InvalidInput as problem:
        rules_sent.refuse(form, problem)
        return None
    with form.catching(**_NAMES), transaction():
        segment = service.create(
            project_id(),
            name=form["name"],
            kind=service.DYNAMIC,
            description=form["description"] or None,
            rule=rule,
            track_membership=bool(form["track"]),
            origin=ORIGIN,
        )
        audit.record(project_id(), actor(), "segment.created", subject=segment.name)
        return segment
    return None


def _create_static(form: Form) -> tuple[Segment | None, list[str]]:
    """The members are there before tracking begins: the starting point is told of to nobody."""
    given = addresses.sent(form, "emails")
    if form.errors:
        return None, []
    unknown: list[str] = []
    with form.catching(**_NAMES), transaction():
        if not form["create_missing"]:
            unknown = addresses.unknown(project_id(), given)
        if unknown:
            raise InvalidInput([])
        segment = service.create(
            project_id(),
            name=form["name"],
            kind=service.STATIC,
            description=form["description"] or None,
            origin=ORIGIN,
        )
        added = addresses.add(segment, given, creates=True, subscribed=bool(form["subscribed"]))
        if added.not_found:
            raise InvalidInput([])
        if form["track"]:
            service.change(project_id(), segment.id, track_membership=True)
        audit.record(project_id(), actor(), "segment.created", subject=segment.name, members=added.added)
        return segment, []
    if unknown:
        if not form["asked"]:
            form.values["subscribed"] = "on"
        told = ngettext(
            "%(num)d address is not known yet.", "%(num)d addresses are not known yet.", len(unknown)
        )
        form.refuse("emails", told)
    return None, unknown


def _show(form: Form, unknown: list[str] | None = None) -> Response:
    return page(
        "dashboard/segments/new.html",
        form=form,
        said=rules_sent.told_of_form(form),
        unknown=unknown or [],
    )


_NAMES = {"": "name", "condition": "condition"}
