"""Fields: what stands in contacts' data, how common it is, where it is used, and how to be rid of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from plunk.accounts import audit
from plunk.contacts import counting
from plunk.contacts import fields as service
from plunk.contacts.jobs import DELETE_FIELD, refresh_coverage
from plunk.contacts.values import SAMPLED, common_values
from plunk.dashboard.contacts.links import segment_url
from plunk.dashboard.contacts.room import room
from plunk.dashboard.ground.answers import go
from plunk.dashboard.ground.forms import clean, page
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.ground.watching import watched
from plunk.db.session import transaction
from plunk.errors import FieldInUse, FieldNotFound
from plunk.filters.values import simple_lower
from plunk.jobs import service as jobs
from plunk.segments import mentions
from plunk.segments import service as segments

VALUES = 20
HARDLY_REPEATED = 0.9
"""The share of different values from which on no value is common."""


@room.get("/fields")
def fields() -> Response:
    """All of them; `?job=` watches one being removed."""
    search = clean(request.args.get("search", "")).strip()[:255]
    found, is_stale = service.list_fields(project_id())
    if is_stale:
        refresh_coverage(project_id())
    wanted = simple_lower(search)
    return page(
        "dashboard/contacts/fields.html",
        custom=[each for each in found if each["isCustom"] and wanted in simple_lower(each["field"][5:])],
        has_any=any(each["isCustom"] for each in found),
        search=search,
        uses=_uses(),
        counts=counting.counts(project_id()),
        job=watched(kinds=[DELETE_FIELD]),
    )


@room.get("/field")
def field() -> Response:
    """One of them by `?key=`. Its values are counted when they are asked for (`?values=on`): that may take a moment."""
    return _field(_key())


@room.post("/field/delete")
def delete_field() -> ResponseReturnValue:
    """Takes it out of all contacts, in the background. One in use stays."""
    key = _key()
    try:
        with transaction():
            service.key_to_delete(project_id(), f"data.{key}")
            job_id = jobs.start(project_id(), DELETE_FIELD, {"key": key})
            audit.record(project_id(), actor(), "field.deleted", subject=key)
    except FieldInUse:
        response = _field(key, is_refused=True)
        response.status_code = 409
        return response
    return go(url_for(".fields", job=job_id))


def _field(key: str, *, is_refused: bool = False) -> Response:
    found, _ = service.list_fields(project_id())
    counts = counting.counts(project_id())
    is_counting = request.args.get("values") == "on" or service.is_small(project_id())
    field = next(each for each in found if each["field"] == f"data.{key}")
    values = common_values(project_id(), f"data.{key}", limit=VALUES) if is_counting else None
    return page(
        "dashboard/contacts/field.html",
        key=key,
        field=field,
        counts=counts,
        values=values,
        hardly_repeat=_hardly_repeat(values or [], field["coverage"] * counts.total / 100),
        usages=service.usages(project_id(), f"data.{key}"),
        segment_url=segment_url,
        is_refused=is_refused,
    )


def _hardly_repeat(values: list[dict[str, Any]], having: float) -> bool:
    """Told from the most common values alone: if the last of them is there once, so are all that are not shown."""
    if len(values) < VALUES or values[-1]["count"] > 1:
        return False
    number = min(having, SAMPLED)
    repeated: int = sum(each["count"] - 1 for each in values)
    return number - repeated >= HARDLY_REPEATED * number


def _key() -> str:
    """Of a form or an address, exactly as it is stored; raises FieldNotFound."""
    key = request.values.get("key", "")
    if key not in service.catalogued(project_id()):
        raise FieldNotFound(key[:100])
    return key


def _uses() -> Counter[str]:
    """How many segments mention each key."""
    found: Counter[str] = Counter()
    for segment in segments.list_segments(project_id()):
        condition: Any = segment.condition
        found.update(mentions.data_keys(condition))
    return found
