"""How an import goes, what came of it, which rows were rejected."""

from __future__ import annotations

from uuid import UUID

from flask import Response, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.imports import words
from plunk.dashboard.imports.room import room
from plunk.db.session import transaction
from plunk.errors import SegmentNotFound
from plunk.imports import files, rejected, service
from plunk.imports.models import RejectedRow
from plunk.jobs import service as jobs
from plunk.jobs.models import PENDING
from plunk.segments import service as segments
from plunk.segments.models import Segment

SHOWN = 100


@room.get("/<uuid:import_id>")
def show(import_id: UUID) -> ResponseReturnValue:
    """The page asks for itself again, until the import has ended."""
    stored = service.stored_or_none(project_id(), import_id)
    if stored and not service.is_started(project_id(), import_id):
        return go(url_for(".map_columns", import_id=import_id))
    view = service.view(service.get(project_id(), import_id), stored)
    is_over = view["state"] not in PENDING
    some = (
        rejected.first(project_id(), import_id, limit=SHOWN) if is_over and view["result"]["failed"] else []
    )
    return page(
        "dashboard/imports/show.html",
        view=view,
        is_over=is_over,
        segment=_segment(view["segmentId"]),
        rejected=some,
        reason=words.reason,
        header=_header(import_id, some) if some else [],
    )


@room.post("/<uuid:import_id>/cancel")
def cancel(import_id: UUID) -> ResponseReturnValue:
    """What was imported stays."""
    form = Form()
    with form.catching():
        with transaction():
            jobs.cancel(service.get(project_id(), import_id))
            stored = service.stored_or_none(project_id(), import_id)
            audit.record(
                project_id(), actor(), "import.cancelled", subject=stored.file_name if stored else ""
            )
        toast(_("Import cancelled. What was imported stays."))
    for message in form.errors.values():
        toast(message, BAD)
    return go(url_for(".show", import_id=import_id))


@room.get("/<uuid:import_id>/rejected.csv")
def rejected_csv(import_id: UUID) -> Response:
    """The same file as through the API."""
    return Response(
        stream_with_context(service.rejected_csv(project_id(), import_id)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="rejected-{import_id}.csv"'},
    )


def _header(import_id: UUID, rows: list[RejectedRow]) -> list[str]:
    """As wide as the widest row: some are rejected for having more cells than the header."""
    header = service.stored_header(files.get(project_id(), import_id))
    return header + [""] * (max(len(row.cells) for row in rows) - len(header))


def _segment(segment_id: str | None) -> Segment | None:
    try:
        return segments.get(project_id(), UUID(segment_id)) if segment_id else None
    except SegmentNotFound:
        return None
