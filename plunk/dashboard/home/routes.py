"""The first page of a project: how it grows, what happens, and the first steps until something does."""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk import clock
from plunk.accounts import audit, keys
from plunk.accounts.models import ApiKey
from plunk.contacts import activity, counting, growth
from plunk.dashboard.contacts import words
from plunk.dashboard.ground import once
from plunk.dashboard.ground.answers import go, own_address, toast
from plunk.dashboard.ground.forms import one_of, page
from plunk.dashboard.ground.room import Room, owners_only
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.home import snippets
from plunk.dashboard.jobs import trouble
from plunk.db.session import transaction
from plunk.events import reading
from plunk.events.names import is_reserved
from plunk.imports import files, service
from plunk.imports.sample import sample_csv
from plunk.imports.service import Options
from plunk.segments import service as segments

room = Room("home", path="")
PERIODS = (30, 90, 365)
LATEST = 10
RECENT = 10
SAMPLE_NAME = "sample-data.csv"


@room.get("/")
def index() -> Response:
    """What there is now."""
    return _page()


@room.post("/first-key")
@owners_only
def make_key() -> ResponseReturnValue:
    """A key for the snippets. It is in this answer and nowhere else."""
    kind = one_of("kind", keys.PREFIXES)
    with transaction():
        key_id = once.take(ApiKey)
        if key_id is None:
            return once.again(url_for(".index"))
        made = keys.create_key(project_id(), kind, name=_("First steps"), key_id=key_id)
        audit.record(project_id(), actor(), "key.created", subject=f"{made.key[:10]}…", kind=kind)
    response = _page(**{f"{kind}_key": made.key})
    response.status_code = 201
    return response


@room.post("/sample-data")
def load_sample() -> ResponseReturnValue:
    """Invented people, through the import like any file."""
    content = io.BytesIO(b"".join(sample_csv(clock.now().date())))
    with files.Text(content) as text, transaction():
        stored = files.store(project_id(), text, name=SAMPLE_NAME)
        service.start(project_id(), stored, Options(key_kind="session"))
        audit.record(project_id(), actor(), "sample.loaded", subject=stored.file_name)
        import_id = stored.id
    toast(_("Sample data is being loaded. Mail to these people reaches nobody."))
    return go(url_for("dashboard.imports.show", import_id=import_id))


def _page(*, secret_key: str = "", public_key: str = "") -> Response:
    wish = request.args.get("days", "")
    days = next((each for each in PERIODS if str(each) == wish), PERIODS[0])
    counts = counting.counts(project_id())
    events, is_at_least = reading.count_lately(project_id())
    names = [name for name in reading.list_names(project_id()) if not is_reserved(name)]
    number_of_segments = len(segments.list_segments(project_id()))
    address = own_address()
    return page(
        "dashboard/home/index.html",
        counts=counts,
        events=events,
        is_at_least=is_at_least,
        segments=number_of_segments,
        offers_sample=not counts.total and not _has_sample(),
        happening=partial(words.happening, segments=segments.names_by_slug(project_id())),
        latest=activity.latest(project_id(), limit=LATEST)["data"],
        has_events=bool(names),
        days=days,
        periods=PERIODS,
        points=_points(days) if counts.total else [],
        troubles=trouble.troubles(project_id()),
        secret_key=secret_key,
        public_key=public_key,
        shell=snippets.shell(address, secret_key or snippets.PLACEHOLDER["secret"]),
        script=snippets.page(address, public_key or snippets.PLACEHOLDER["public"]),
    )


def _has_sample() -> bool:
    """Whether sample data was loaded already, or is about to be."""
    latest = service.views(project_id(), limit=RECENT, cursor=None)["data"]
    return any(each["fileName"] == SAMPLE_NAME for each in latest)


def _points(days: int) -> list[dict[str, Any]]:
    """For the chart: seconds since 1970 of each day (UTC), and how many there were."""
    return [
        {
            "at": int(datetime.combine(each.date, time.min, UTC).timestamp()),
            "total": each.total,
            "subscribed": each.subscribed,
            "created": each.created,
        }
        for each in growth.growth(project_id(), days=days)
    ]
