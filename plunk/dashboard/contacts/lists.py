"""The list of contacts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue

from plunk.contacts import counting, fields, listing
from plunk.contacts.models import Contact
from plunk.dashboard.contacts import columns
from plunk.dashboard.contacts.room import room
from plunk.dashboard.contacts.wanted import Wanted
from plunk.dashboard.ground.answers import go
from plunk.dashboard.ground.forms import page
from plunk.dashboard.ground.visitor import project_id
from plunk.errors import InvalidInput

PAGE = 50


@room.get("/")
def index() -> ResponseReturnValue:
    """Contacts, page by page; nothing is counted that takes long."""
    wanted = Wanted.read(request.args)
    counts = counting.counts(project_id())
    cursor = request.args.get("cursor") or None
    try:
        found = _page(project_id(), wanted, cursor)
    except InvalidInput:  # the cursor of another list, or of none
        return go(wanted.url)
    known = fields.catalogued(project_id())
    response = page(
        "dashboard/contacts/index.html",
        wanted=wanted,
        counts=counts,
        contacts=found["data"],
        total=_total(wanted, counts, found, cursor),
        next_cursor=found["cursor"],
        is_first=cursor is None,
        known=known,
        columns=columns.chosen(project_id(), known),
        most_columns=columns.MOST,
    )
    response.headers["Vary"] = "HX-Request"
    return response


@room.post("/columns")
def choose_columns() -> Response:
    """Remembers which fields somebody wants to see, and goes back to the list."""
    response = go(Wanted.read(request.args).url)
    columns.keep(response, project_id(), request.form.getlist("key"))
    return response


def _page(project: UUID, wanted: Wanted, cursor: str | None) -> dict[str, Any]:
    where = [Contact.project_id == project, *listing.described(wanted.search, wanted.is_subscribed)]
    return listing.page_of(project, where, limit=PAGE, cursor=cursor, order=wanted.order, total=0)


def _total(wanted: Wanted, counts: counting.Counts, found: dict[str, Any], cursor: str | None) -> int | None:
    """How many there are, where that is known; None of a search with several pages."""
    if wanted.search:
        return len(found["data"]) if cursor is None and not found["hasMore"] else None
    of = {"": counts.total, "yes": counts.subscribed, "no": counts.total - counts.subscribed}
    return of[wanted.subscribed]
