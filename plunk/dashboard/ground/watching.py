"""The job that a page began and watches: `?job=` in its address."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask import request

from plunk.dashboard.ground.visitor import project_id
from plunk.errors import JobNotFound
from plunk.jobs import service
from plunk.jobs.models import Job


def watched(*, kinds: Collection[str]) -> Job | None:
    """A job of these kinds; None where the address names none, or none of this project."""
    try:
        return service.get(project_id(), UUID(request.args.get("job", "")), kinds=kinds)
    except (ValueError, JobNotFound):
        return None
