"""Who is in a segment; and who is put in or taken out, where the list is kept by hand."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from plunk.accounts import audit
from plunk.contacts import listing as contacts
from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.formats import number
from plunk.dashboard.ground.forms import Form, clean
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.segments import addresses
from plunk.dashboard.segments.room import page, room, segment_of
from plunk.db.session import transaction
from plunk.errors import SegmentBroken
from plunk.exports.answers import file_of
from plunk.segments import rules, static
from plunk.segments.failing import asking
from plunk.segments.models import Segment
from plunk.segments.selection import Selection

PER_PAGE = 50


@room.get("/<uuid:segment_id>/members")
def members(segment_id: UUID) -> Response:
    """By key, newest contacts first; `q` is a part of the address."""
    return _show(segment_of(segment_id), Form(subscribed="on"))


@room.post("/<uuid:segment_id>/members")
def add_members(segment_id: UUID) -> ResponseReturnValue:
    """Addresses that no contact has are offered to be created; the others are in already then."""
    form, segment = Form.sent("emails", "leave_out", "create_missing", "subscribed"), segment_of(segment_id)
    given = addresses.sent(form, "emails")
    if not given and not form.errors:
        form.refuse("emails", _("Write at least one address."))
    if form.errors:
        return _show(segment, form)
    with form.catching(), transaction():
        added = addresses.add(
            segment, given, creates=bool(form["create_missing"]), subscribed=bool(form["subscribed"])
        )
        audit.record(
            project_id(), actor(), "segment.members_added", subject=segment.name, members=added.added
        )
    if form.errors:
        return _show(segment_of(segment_id), form)
    if added.not_found:
        form.values |= {"emails": "\n".join(added.not_found), "odd": 0, "subscribed": "on"}
        return _show(segment_of(segment_id), form, unknown=added.not_found, added=added.added)
    toast(_added(added))
    return go(url_for(".members", segment_id=segment_id))


@room.post("/<uuid:segment_id>/members/remove")
def remove_member(segment_id: UUID) -> ResponseReturnValue:
    """One address, by its button."""
    email = Form.sent("email")["email"]
    with transaction():
        segment = segment_of(segment_id)
        gone = static.remove(segment, [email])
        if gone.removed:
            audit.record(project_id(), actor(), "segment.members_removed", subject=segment.name, email=email)
    if gone.removed:
        toast(_("%(email)s is no longer in.", email=email))
    else:
        toast(_("%(email)s is not in it.", email=email), BAD)
    return go(url_for(".members", segment_id=segment_id))


@room.get("/<uuid:segment_id>/export")
def export(segment_id: UUID) -> Response:
    """All members as a file, streamed; `format` is csv or ndjson."""
    segment = segment_of(segment_id)
    form = "ndjson" if request.args.get("format") == "ndjson" else "csv"
    selection = Selection(project_id(), segment_id=segment.id)
    return file_of(selection, form, name=f"segment-{segment.slug}", has_bom=form == "csv")


def _show(segment: Segment, form: Form, *, unknown: list[str] | None = None, added: int = 0) -> Response:
    wanted = clean(request.args.get("q", "")).strip()
    found, broken = _page(segment, wanted)
    return page(
        "members",
        segment,
        form=form,
        rows=found["data"],
        next_cursor=found["cursor"],
        is_first=not request.args.get("cursor"),
        wanted=wanted,
        broken=broken,
        unknown=unknown or [],
        added=added,
    )


def _page(segment: Segment, wanted: str) -> tuple[dict[str, object], str]:
    cursor = request.args.get("cursor") if request.method == "GET" else None
    try:
        where = [*rules.members(segment), *contacts.described(wanted or None, None)]
        scope = f"segment:{segment.id}:{wanted}"
        with asking():
            # The head tells how many there are; nothing is counted here.
            found = contacts.page_of(project_id(), where, limit=PER_PAGE, cursor=cursor, scope=scope, total=0)
        return found, ""
    except SegmentBroken as problem:
        return {"data": [], "cursor": None}, problem.message


def _added(added: static.Added) -> str:
    told: str = ngettext("%(shown)s added", "%(shown)s added", added.added, shown=number(added.added))
    if added.already_members:
        before = _("Already in it: %(shown)s", shown=number(added.already_members))
        told = f"{told} · {before}"
    return told
