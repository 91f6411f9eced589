"""Jobs: what runs, what failed and why, ended early where that can be."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.formats import number
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.room import Room
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.jobs import trouble, words
from plunk.db.session import transaction
from plunk.imports.service import KIND as IMPORT
from plunk.jobs import service
from plunk.jobs.kinds import known
from plunk.jobs.models import PENDING, Job

room = Room("jobs")
PAGE = 30


@room.get("/")
def index() -> Response:
    """Newest first; of a kind or in a state. The page asks again while something runs."""
    kinds = known()
    kind = request.args.get("kind", "")
    kind = kind if kind in kinds else ""
    state = request.args.get("state", "")
    state = state if state in words.STATES else ""
    cursor = request.args.get("cursor") or None
    found = service.list_jobs(
        project_id(), limit=PAGE, cursor=cursor, kinds=[kind] if kind else [], state=state or None
    )
    chosen: dict[str, Any] = {"kind": kind or None, "state": state or None}
    return page(
        "dashboard/jobs/index.html",
        found=[_view(job, kinds) for job in found["data"]],
        kind=kind,
        state=state,
        kinds=sorted((str(words.KINDS.get(each, each)), each) for each in kinds),
        states=words.STATES,
        troubles=trouble.troubles(project_id()),
        is_moving=not cursor and any(job.state in PENDING for job in found["data"]),
        chosen=chosen,
        first_url=url_for(".index", **chosen) if cursor else None,
        next_url=url_for(".index", cursor=found["cursor"], **chosen) if found["hasMore"] else None,
    )


@room.post("/<uuid:job_id>/cancel")
def cancel(job_id: UUID) -> ResponseReturnValue:
    """What is done stays done."""
    form = Form()
    with form.catching():
        with transaction():
            job = service.get(project_id(), job_id)
            service.cancel(job)
            audit.record(
                project_id(), actor(), "job.cancelled", subject=str(words.KINDS.get(job.kind, job.kind))
            )
        toast(_("The job is cancelled. What is done stays done."))
    for message in form.errors.values():
        toast(message, BAD)
    return go(url_for(".index"))


def _view(job: Job, kinds: dict[str, bool]) -> dict[str, Any]:
    counted = [
        f"{told}: {number(job.progress[name])}"
        for name, told in words.NUMBERS.items()
        if job.progress.get(name)
    ]
    return {
        "job": job,
        "words": words.KINDS.get(job.kind, job.kind),
        "about": job.params.get("name") or job.params.get("key") or "",
        "url": url_for("dashboard.imports.show", import_id=job.id) if job.kind == IMPORT else None,
        "progress": ", ".join(counted),
        "can_cancel": job.state in PENDING and kinds.get(job.kind, False),
    }
