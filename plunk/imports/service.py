"""Imports as people see them: started, looked at, listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk.db.base import db
from plunk.errors import InvalidInput, JobNotFound, Problem, SegmentNotFound
from plunk.imports import files, rejected
from plunk.imports.dialects import said_length
from plunk.imports.errors import ImportNotFound, UnreadableFile
from plunk.imports.layout import Layout, layout_of
from plunk.imports.models import Import
from plunk.imports.reading import Reader, Source
from plunk.jobs import service as jobs
from plunk.jobs.models import Job
from plunk.segments import service as segments
from plunk.segments.static import require_static

KIND = "contacts.import"
COUNTS = ("created", "updated", "unchanged", "failed", "skipped")


@dataclass(frozen=True)
class Options:
    """What the sender wants of an import. `subscribed` stands for rows that say nothing themselves, None leaves
    existing contacts alone; `resubscribe` lets it and the column bring back who opted out."""

    mapping: Mapping[str, Any] = field(default_factory=dict)
    segment_id: UUID | None = None
    subscribed: bool | None = None
    resubscribe: bool = False
    source: str = "import"
    key_kind: str = "secret"


def open_file(source: Source, delimiter: str, mapping: Mapping[str, Any]) -> tuple[Layout, Reader]:
    """The layout by a file's header, and a reader that stands behind it. Raises UnreadableFile, InvalidInput."""
    header, reader = begin(source, delimiter)
    return layout_of(header, mapping), reader


def begin(source: Source, delimiter: str) -> tuple[list[str], Reader]:
    """The cells of a file's first row, and a reader that stands behind it. Raises UnreadableFile."""
    skipped = said_length(source.read(0)[:10].decode(errors="ignore"))
    reader = Reader(source, delimiter, place=skipped, line=2 if skipped else 1)
    first = next(reader.slices(1), None)
    if first is None or first.problems:
        raise UnreadableFile("The header (the first line) cannot be read", "bad_header")
    return first.rows[0], Reader(source, delimiter, place=reader.place, line=reader.line)


def check(project_id: UUID, file: files.Readable, options: Options) -> Layout:
    """All that can be wrong before anything is kept: header, mapping, segment.

    Raises UnreadableFile, InvalidInput with every problem, SegmentNotStatic.
    """
    problems: list[Problem] = []
    layout = None
    try:
        layout, _ = open_file(file, file.delimiter, options.mapping)
    except InvalidInput as problem:
        problems += problem.problems
        if not options.segment_id:
            raise
    if options.segment_id:
        try:
            require_static(segments.get(project_id, options.segment_id))
        except SegmentNotFound:
            problems.append(Problem("segmentId", "No such segment in this project", "segment_not_found"))
    if problems or layout is None:
        raise InvalidInput(problems)
    return layout


def start(project_id: UUID, stored: Import, options: Options) -> UUID:
    """Leaves an upload that was checked to the workers; answers the job's id, which is the import's."""
    params = {
        **asdict(options),
        "mapping": dict(options.mapping),
        "segment_id": str(options.segment_id) if options.segment_id else None,
    }
    return jobs.start(project_id, KIND, params, job_id=stored.id)


def is_started(project_id: UUID, import_id: UUID) -> bool:
    """Whether there is a job for that upload, whatever became of it."""
    return db.session.get(Job, (project_id, import_id)) is not None


def get(project_id: UUID, import_id: UUID) -> Job:
    """Raises ImportNotFound."""
    try:
        return jobs.get(project_id, import_id, kinds=[KIND])
    except JobNotFound:
        raise ImportNotFound from None


def view(job: Job, stored: Import | None) -> dict[str, Any]:
    """`{id, state, failedReason, progress, result, …}`; `stored` is None once the file is gone."""
    counts = {name: job.progress.get(name, 0) for name in COUNTS}
    return {
        "id": job.id,
        "state": job.state,
        "failedReason": job.failed_reason if job.state == "failed" else None,
        "progress": {"rows": sum(counts.values()), "percent": _percent(job, stored)},
        "result": counts,
        "errorsUrl": f"/contacts/import/{job.id}/errors" if stored and counts["failed"] else None,
        "fileName": stored.file_name if stored else None,
        "segmentId": job.params.get("segment_id"),
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
    }


def views(project_id: UUID, *, limit: int, cursor: str | None, state: str | None = None) -> dict[str, Any]:
    """A page of imports, newest first."""
    page = jobs.list_jobs(project_id, limit=limit, cursor=cursor, kinds=[KIND], state=state)
    ids = [job.id for job in page["data"]]
    found = select(Import).where(Import.project_id == project_id, Import.id.in_(ids))
    stored = {each.id: each for each in db.session.scalars(found)} if ids else {}
    return {**page, "data": [view(job, stored.get(job.id)) for job in page["data"]]}


def stored_or_none(project_id: UUID, import_id: UUID) -> Import | None:
    """The file of an import, unless it is gone."""
    return db.session.get(Import, (project_id, import_id))


def rejected_csv(project_id: UUID, import_id: UUID) -> Iterator[str]:
    """The rows that were rejected, as the lines of a CSV file. Raises ImportNotFound before the first."""
    get(project_id, import_id)
    return rejected.as_csv(project_id, import_id, stored_header(files.get(project_id, import_id)))


def stored_header(stored: Import) -> list[str]:
    """The header of a file that is kept, as it is written there."""
    return begin(files.StoredFile(db.engine, stored), stored.delimiter)[0]


def _percent(job: Job, stored: Import | None) -> int:
    """Of the file's bytes; 100 only once all is done."""
    if job.state == "completed":
        return 100
    size = stored.size if stored else 0
    return min(99, 100 * job.progress.get("place", 0) // size) if size else 0
