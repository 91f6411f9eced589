"""What the columns of an uploaded file are: guessed, chosen, checked as somebody chooses, then started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from plunk.accounts import audit
from plunk.contacts import fields as catalogue
from plunk.contacts.service import address_or_none
from plunk.contacts.upsert import Origin
from plunk.dashboard.ground.answers import go
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.type_names import TYPE_NAMES
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.imports import wishes, words
from plunk.dashboard.imports.room import room
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import files, guessing, previewing, service
from plunk.imports.errors import UnreadableFile
from plunk.imports.models import Import
from plunk.imports.service import Options
from plunk.segments import service as segments
from plunk.segments.service import STATIC

BY_HAND = Origin("dashboard", "session")


@room.get("/<uuid:import_id>/map")
def map_columns(import_id: UUID) -> ResponseReturnValue:
    """The columns as they are understood before anybody says more."""
    stored = files.get(project_id(), import_id)
    if service.is_started(project_id(), import_id):
        return go(url_for(".show", import_id=import_id))
    file = files.StoredFile(db.engine, stored)
    known = _known_fields()
    mapping = guessing.guess(file, known)
    return _page(stored, file, wishes.guessed(file, mapping), Options(mapping=mapping), known)


@room.post("/<uuid:import_id>/map")
def start(import_id: UUID) -> ResponseReturnValue:
    """Checks what was chosen, and begins if that is what the button says. Twice begins once."""
    stored = files.get(project_id(), import_id)
    file = files.StoredFile(db.engine, stored)
    columns = wishes.columns(file)
    form = wishes.sent(len(columns))
    options = wishes.options(form, columns)
    known = _known_fields()
    try:
        with form.catching(**wishes.fields(columns)):
            service.check(project_id(), file, options)
            if request.form.get("act") == "start" and not form.errors:
                _start(import_id, options, form)
                if not form.errors:
                    return go(url_for(".show", import_id=import_id))
    except UnreadableFile as problem:
        form.refuse("", f"{problem.message}.")
    return _page(stored, file, form, options, known)


def _start(import_id: UUID, options: Options, form: Form) -> None:
    with form.catching(name="segment_name", **{"": "segment_name"}), transaction():
        waiting = files.unused(project_id(), import_id)
        if not waiting:
            return
        if form["segment"] == wishes.NEW_SEGMENT:
            made = segments.create(project_id(), name=form["segment_name"], kind=STATIC, origin=BY_HAND)
            options = replace(options, segment_id=made.id)
        service.start(project_id(), waiting[0], options)
        audit.record(project_id(), actor(), "import.started", subject=waiting[0].file_name)


def _page(stored: Import, file: files.StoredFile, form: Form, options: Options, known: list[str]) -> Response:
    found, is_as_chosen = _preview(file, form, options)
    return page(
        "dashboard/imports/map.html",
        form=form,
        stored=stored,
        found=found,
        has_headings=not any(address_or_none(each["name"]) for each in found["columns"]),
        is_as_chosen=is_as_chosen,
        known=known,
        new_fields=_new_fields(found, known) if is_as_chosen else [],
        segments=wishes.static_segments(),
        types=TYPE_NAMES,
        read_as=words.read_as(found["encoding"], found["delimiter"]),
        reason=words.reason,
    )


def _preview(file: files.StoredFile, form: Form, options: Options) -> tuple[dict[str, Any], bool]:
    """As it was chosen, or as it was guessed where that cannot be read."""
    if not form.errors:
        return previewing.preview(project_id(), file, options), True
    return previewing.preview(project_id(), file, Options(mapping=guessing.guess(file))), False


def _new_fields(found: dict[str, Any], known: list[str]) -> list[str]:
    keys = [column["field"].removeprefix("data.") for column in found["columns"] if column["field"]]
    return [key for key in keys if key not in {*known, "email", "subscribed", "data"}]


def _known_fields() -> list[str]:
    found, _stale = catalogue.list_fields(project_id())
    return [each["field"].removeprefix("data.") for each in found if each["isCustom"]]
