"""The first page about a segment: how it grew, who came and who left."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from flask import Response, render_template, request

from plunk.dashboard.ground.answers import is_htmx
from plunk.dashboard.segments.room import page, room, segment_of
from plunk.db.session import transaction
from plunk.segments import history
from plunk.segments.growth import growth
from plunk.segments.listing import view, view_and_keep
from plunk.segments.models import Segment

PERIODS = (30, 90, 365)
CHANGES = 20


@room.get("/<uuid:segment_id>")
def show(segment_id: UUID) -> Response:
    """`days` is one of three periods, `cursor` leads to older changes."""
    segment = segment_of(segment_id)
    days = request.args.get("days", PERIODS[0], int)
    days = days if days in PERIODS else PERIODS[0]
    cursor = request.args.get("cursor")
    return page(
        "show",
        segment,
        periods=PERIODS,
        days=days,
        points=_points(segment, days),
        changes=history.page(segment, limit=CHANGES, cursor=cursor),
        is_latest=not cursor,
    )


@room.get("/<uuid:segment_id>/counts")
def counts(segment_id: UUID) -> Response:
    """The head's numbers, counted at this moment; the list tells the same from then on."""
    with transaction():
        shown = view_and_keep(segment_of(segment_id))
    return _part("_counts", shown["segment"], shown=shown, is_live=True)


@room.get("/<uuid:segment_id>/changes")
def changes(segment_id: UUID) -> Response:
    """The latest entries and exits, asked for every other second while the page is open."""
    segment = segment_of(segment_id)
    found = history.page(segment, limit=CHANGES, cursor=None)
    if not is_htmx():
        return page("changes", segment, changes=found, is_latest=True)
    return _part("_changes", segment, changes=found, is_latest=True)


def _part(name: str, segment: Segment, **values: Any) -> Response:
    return Response(render_template(f"dashboard/segments/{name}.html", segment=segment, **values))


def _points(segment: Segment, days: int) -> list[dict[str, Any]]:
    """Numbers by day, for the chart and for its table; today has the last count."""
    shown = view(segment)
    found = growth(segment, days=days, now=(shown["memberCount"], shown["reachableCount"]))
    for point in found:
        point["at"] = int(datetime.combine(point["date"], time.min, UTC).timestamp())
        point["date"] = point["date"].isoformat()
    return found
