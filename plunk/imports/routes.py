"""Imports over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request, stream_with_context

from plunk.db.passing import retried
from plunk.db.session import transaction
from plunk.imports import files, forms, previewing, service
from plunk.imports.errors import ImportNotFound
from plunk.imports.schemas import (
    ImportForm,
    ImportPage,
    ImportPreview,
    ImportQuery,
    ImportStarted,
    ImportView,
)
from plunk.jobs import service as jobs
from plunk.web.access import access, project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("imports", __name__, description="Lists of contacts from CSV files")


@blueprint.route("/contacts/import", methods=["POST"])
@blueprint.upload(ImportForm)
@blueprint.response(202, ImportStarted)
@blueprint.alt_response(400, description="SEGMENT_NOT_STATIC")
def post_import() -> dict[str, Any]:
    """Import a CSV file in the background."""
    with forms.upload_of(request, key_kind=access().key_kind) as upload:
        layout = service.check(project_id(), upload.text, upload.options)

        def keep() -> UUID:
            with transaction():
                stored = files.store(project_id(), upload.text, name=upload.name)
                return service.start(project_id(), stored, upload.options)

        job_id = retried(keep)
    return {"message": "The import has begun", "jobId": job_id, "ignoredColumns": layout.ignored}


@blueprint.route("/contacts/import/preview", methods=["POST"])
@blueprint.upload(ImportForm)
@blueprint.response(200, ImportPreview)
def post_preview() -> dict[str, Any]:
    """Look at a CSV file without importing it: columns, types, the first rows, problems."""
    with forms.upload_of(request) as upload:
        return previewing.preview(project_id(), upload.text, upload.options)


@blueprint.route("/contacts/import")
@blueprint.arguments(ImportQuery, location="query")
@blueprint.response(200, ImportPage)
def list_imports(query: dict[str, Any]) -> dict[str, Any]:
    """The project's imports, newest first."""
    return service.views(project_id(), **query)


@blueprint.route("/contacts/import/<job_id>")
@blueprint.response(200, ImportView)
def get_import(job_id: str) -> dict[str, Any]:
    """How an import goes, and what became of its rows."""
    return _view(_id(job_id))


@blueprint.route("/contacts/import/<job_id>/cancel", methods=["POST"])
@blueprint.response(200, ImportView)
@blueprint.alt_response(409, description="JOB_ENDED")
def post_cancel(job_id: str) -> dict[str, Any]:
    """End an import early. What was imported stays."""
    with transaction():
        jobs.cancel(service.get(project_id(), _id(job_id)))
    return _view(_id(job_id))


@blueprint.route("/contacts/import/<job_id>/errors")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_errors(job_id: str) -> Response:
    """The rows that were rejected, as CSV: line, reason, and the row itself."""
    import_id = _id(job_id)
    return Response(
        stream_with_context(service.rejected_csv(project_id(), import_id)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="rejected-{import_id}.csv"'},
    )


def _id(job_id: str) -> UUID:
    return path_id(job_id, ImportNotFound)


def _view(import_id: UUID) -> dict[str, Any]:
    job = service.get(project_id(), import_id)
    return service.view(job, service.stored_or_none(project_id(), import_id))
