"""The list of imports, and the way to a new one: a file is uploaded once and kept until it is started."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.config import settings
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.room import takes_files
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.imports.room import room
from plunk.db.session import transaction
from plunk.imports import files, forms, guessing, service, upkeep
from plunk.imports.errors import ImportNotFound, UnreadableFile

PAGE = 20


@room.get("/")
def index() -> Response:
    """Those that run or ran, newest first, and uploads that wait to be started."""
    cursor = request.args.get("cursor") or None
    found = service.views(project_id(), limit=PAGE, cursor=cursor)
    return page(
        "dashboard/imports/index.html",
        found=found["data"],
        total=found["total"],
        unused=[] if cursor else files.unused(project_id()),
        first_url=url_for(".index") if cursor else None,
        next_url=url_for(".index", cursor=found["cursor"]) if found["hasMore"] else None,
    )


@room.get("/new")
def new() -> Response:
    """A place to drop a file."""
    return _new(Form())


@room.post("/new")
@takes_files("max_import_bytes")
def upload() -> ResponseReturnValue:
    """Keeps the file; the next page asks what its columns are."""
    form = Form(file="")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.refuse("file", _("Choose a CSV file first."))
        return _new(form)
    try:
        with files.Text(sent.stream) as text:
            guessing.guess(text)
            with transaction():
                stored = files.store(project_id(), text, name=forms.name_of(sent))
                audit.record(project_id(), actor(), "import.uploaded", subject=stored.file_name)
                import_id = stored.id
    except UnreadableFile as problem:
        form.refuse("file", f"{problem.message}.")
        return _new(form)
    return go(url_for(".map_columns", import_id=import_id))


@room.post("/<uuid:import_id>/discard")
def discard(import_id: UUID) -> ResponseReturnValue:
    """Forgets an upload that was not started."""
    with transaction():
        found = files.unused(project_id(), import_id)
        if not found:
            raise ImportNotFound
        name = found[0].file_name
        upkeep.forget(project_id(), import_id)
        audit.record(project_id(), actor(), "import.discarded", subject=name)
    toast(_("File discarded. Nothing was imported from it."))
    return go(url_for(".index"))


def _new(form: Form) -> Response:
    return page("dashboard/imports/new.html", form=form, most=settings().max_import_bytes)
