"""Bulk jobs: begun, and how they look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plunk.bulk.actions import ACTIONS
from plunk.contacts.listing import last_id
from plunk.contacts.upsert import Origin
from plunk.jobs import service as jobs
from plunk.jobs.models import Job
from plunk.segments.models import Segment
from plunk.segments.selection import Selection
from plunk.segments.static import require_static

COUNTS = ("changed", "unchanged", "notFound")


def start(kind: str, selection: Selection, origin: Origin, *, segment: Segment | None = None) -> UUID:
    """Begins a job of a kind of `ACTIONS`, and answers its id. Contacts that are created from now on are not meant.

    Raises SegmentNotStatic.
    """
    if segment is not None:
        require_static(segment)
    end = last_id(selection.project_id)
    params = {
        "selection": selection.to_json(),
        "end": str(end) if end else None,
        "segmentId": str(segment.id) if segment else None,
        "source": origin.source,
        "keyKind": origin.key_kind,
    }
    return jobs.start(selection.project_id, kind, params)


def get(project_id: UUID, job_id: UUID) -> Job:
    """Raises JobNotFound."""
    return jobs.get(project_id, job_id, kinds=ACTIONS)


def view(job: Job) -> dict[str, Any]:
    """A job as the API shows it. `items` are there for contacts that were named by id."""
    progress: Mapping[str, Any] = job.progress
    done, total = sum(progress.get(name, 0) for name in COUNTS), progress.get("total")
    is_over = job.state == "completed"
    return {
        "job": job,
        "segmentId": job.params["segmentId"],
        "progress": {"rows": done, "total": total, "percent": 100 if is_over else _percent(done, total)},
        "result": {name: progress.get(name, 0) for name in COUNTS},
        "items": None if job.params["selection"]["ids"] is None else progress.get("items", []),
    }


def _percent(done: int, total: int | None) -> int:
    """Contacts come and go while a job runs: 100 is for the end."""
    return min(done * 100 // total, 99) if total else 0
