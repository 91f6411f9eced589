"""Asking how background work goes."""

from __future__ import annotations

from typing import Any

from plunk.db.session import transaction
from plunk.errors import JobNotFound
from plunk.jobs import service
from plunk.jobs.models import Job
from plunk.jobs.schemas import JobPage, JobQuery, JobView
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("jobs", __name__, description="Work in the background")


@blueprint.route("/jobs")
@blueprint.arguments(JobQuery, location="query")
@blueprint.response(200, JobPage)
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """The project's jobs, newest first; of one kind or in one state if you say so."""
    kind = query.pop("kind")
    return service.list_jobs(project_id(), kinds=[kind] if kind else [], **query)


@blueprint.route("/jobs/<job_id>")
@blueprint.response(200, JobView)
def get_job(job_id: str) -> Job:
    """How a job goes."""
    return service.get(project_id(), path_id(job_id, JobNotFound))


@blueprint.route("/jobs/<job_id>/cancel", methods=["POST"])
@blueprint.response(200, JobView)
@blueprint.alt_response(409, description="JOB_ENDED or JOB_NOT_CANCELLABLE")
def post_cancel(job_id: str) -> Job:
    """End an import or another long job early. What is done stays done."""
    with transaction():
        job = service.get(project_id(), path_id(job_id, JobNotFound))
        service.cancel(job)
    return job
