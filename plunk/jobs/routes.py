"""Asking how background work goes."""

from __future__ import annotations

from plunk.errors import JobNotFound
from plunk.jobs import service
from plunk.jobs.models import Job
from plunk.jobs.schemas import JobView
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("jobs", __name__, description="Work in the background")


@blueprint.route("/jobs/<job_id>")
@blueprint.response(200, JobView)
def get_job(job_id: str) -> Job:
    """How a job goes."""
    return service.get(project_id(), path_id(job_id, JobNotFound))
