"""All segments, with what can be said of them at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request

from plunk import clock
from plunk.dashboard.ground.answers import is_htmx
from plunk.dashboard.ground.forms import clean, page
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.segments.examples import EXAMPLES
from plunk.dashboard.segments.room import room
from plunk.segments.growth import growth_of_many
from plunk.segments.listing import is_stale, views

PER_PAGE, SPARKLINE_DAYS = 50, 30
AGE_SHOWN_AFTER = timedelta(minutes=5)


@room.get("/")
def index() -> Response:
    """Newest first; `q` is a part of the name in any case."""
    wanted = clean(request.args.get("q", "")).strip()
    every = views(project_id())
    found = [each for each in every if wanted.casefold() in each["segment"].name.casefold()]
    last = max(-(-len(found) // PER_PAGE), 1)
    number = min(max(request.args.get("page", 1, int), 1), last)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    return page(
        "dashboard/segments/index.html",
        rows=shown,
        growth=_sparklines(shown),
        wanted=wanted,
        total=len(every),
        found=len(found),
        number=number,
        has_more=number < last,
        is_counting=any(each["status"] == "computing" for each in shown),
        awaits_counts=not is_htmx() and any(is_stale(each["segment"]) for each in shown),
        aged=[each["segment"].id for each in shown if _is_aged(each)],
        has_status=any(each["status"] != "ready" for each in shown),
        examples=EXAMPLES,
    )


def _is_aged(shown: dict[str, Any]) -> bool:
    """Whether its count is so old that the list says when it was made."""
    at = shown["memberCountAt"]
    return not shown["segment"].keeps_rows and at is not None and at < clock.now() - AGE_SHOWN_AFTER


def _sparklines(shown: list[dict[str, Any]]) -> dict[Any, list[int]]:
    """Members day by day, by the segment's id."""
    ids = [each["segment"].id for each in shown]
    if not ids:
        return {}
    found = growth_of_many(project_id(), ids, days=SPARKLINE_DAYS)
    return {segment_id: [point.members for point in points] for segment_id, points in found.items()}
