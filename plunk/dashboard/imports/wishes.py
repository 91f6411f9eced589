"""The form of the mapping page, and the options of an import that it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from plunk.config import settings
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.visitor import project_id
from plunk.imports import service
from plunk.imports.files import Readable
from plunk.imports.layout import EMAIL, SUBSCRIBED, Column, columns_of, layout_of
from plunk.imports.service import Options
from plunk.segments import service as segments
from plunk.segments.service import STATIC

DATA, REST, SKIP = "data", "rest", "skip"
"""Beside `email` and `subscribed`. `rest` is the column in which an export keeps what had no column of its own."""

NO_SEGMENT, NEW_SEGMENT = "", "new"
OF_ALL = ("segment", "segment_name", "subscribed", "resubscribe")
_TRUTH = {"yes": True, "no": False}


def columns(file: Readable) -> list[Column]:
    """As the header has them."""
    return columns_of(service.begin(file, file.delimiter)[0])


def guessed(file: Readable, mapping: Mapping[str, Any]) -> Form:
    """The form before anybody touched it."""
    form = Form(segment=NO_SEGMENT, segment_name="", subscribed="", resubscribe="")
    header, _reader = service.begin(file, file.delimiter)
    for place, column in enumerate(layout_of(header, mapping).columns):
        is_data = column.target == "data"
        form.values[f"field-{place}"] = SKIP if column.target == "ignored" else column.target
        form.values[f"key-{place}"] = column.key if is_data else column.name
        form.values[f"type-{place}"] = ""
    return form


def sent(number: int) -> Form:
    """What came of a file with so many columns."""
    of_columns = [f"{name}-{place}" for place in range(number) for name in ("field", "key", "type")]
    return Form.sent(*OF_ALL, *of_columns)


def options(form: Form, columns: Sequence[Column]) -> Options:
    """Notes in the form what is wrong with it; what only the file can tell is left to the service."""
    return Options(
        mapping={
            column.name: wish
            for place, column in enumerate(columns)
            if (wish := _wish(form, place, column)) is not _AS_IT_IS
        },
        segment_id=_segment(form),
        subscribed=_TRUTH.get(form["subscribed"]),
        resubscribe=bool(form["resubscribe"]),
        key_kind="session",
    )


def fields(columns: Sequence[Column]) -> dict[str, str]:
    """Where in the form a problem of the service belongs."""
    found = {"segmentId": "segment", "file": ""}
    for place, column in enumerate(columns):
        for part in ("", ".field", ".type"):
            found[f"mapping.{column.name}{part}"] = f"field-{place}"
    return found


_AS_IT_IS = object()


def _wish(form: Form, place: int, column: Column) -> Any:
    target, key, kind = (form[f"{name}-{place}"] for name in ("field", "key", "type"))
    if target == column.target and (target == REST or (target == DATA and key == column.key and not kind)):
        return _AS_IT_IS
    if target in (EMAIL, SUBSCRIBED):
        return target
    if target != DATA:
        return None
    if not key.strip():
        form.refuse(f"field-{place}", _("Name the field, or do not import the column."))
        return None
    return {"field": f"data.{key.strip()}", **({"type": kind} if kind else {})}


def _segment(form: Form) -> UUID | None:
    if form["segment"] == NEW_SEGMENT:
        name, most = form["segment_name"].strip(), settings().max_segment_name
        if not name:
            form.refuse("segment_name", _("Give the new segment a name."))
        elif len(name) > most:
            form.refuse("segment_name", _("At most %(number)s characters.", number=most))
        return None
    if form["segment"] == NO_SEGMENT:
        return None
    with suppress(ValueError):
        return UUID(form["segment"])
    form.refuse("segment", _("Choose one of the list."))
    return None


def static_segments() -> list[tuple[str, str]]:
    """Ids and names, by name."""
    found = [each for each in segments.list_segments(project_id()) if each.type == STATIC]
    return [(str(each.id), each.name) for each in sorted(found, key=lambda each: each.name.casefold())]
