"""What workers do with imports: two passes over the file, the second in batches that are committed with their place.

A batch's contacts, events, memberships, catalogue entries, rejected rows and the place behind it are one transaction:
who was killed anywhere leaves whole batches, and the next worker goes on behind the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask, current_app

from plunk.contacts.merging import Merged, merge
from plunk.contacts.models import Contact
from plunk.contacts.upsert import DataTooLarge, Origin
from plunk.db import statistics
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.errors import SegmentNotFound
from plunk.imports import files, rejected, service
from plunk.imports.layout import Layout
from plunk.imports.reading import Reader, Slice, TooManyTroubles
from plunk.imports.rows import Batch, Checker, Typist, too_large
from plunk.imports.scanning import Scan, scan
from plunk.jobs import kinds
from plunk.jobs.running import Hopeless, Running
from plunk.segments import service as segments
from plunk.segments.membership import gathering, move
from plunk.segments.models import Membership
from plunk.segments.static import begin, require_static

BATCH_ROWS = 5_000
BATCH_BYTES = 4 * 1024 * 1024
LOOKS_EVERY = 1.0
"""Seconds until a cancelled import is noticed where there is nothing to commit. Rows may be slow: bad ones are."""


def init_app(app: Flask) -> None:
    kinds.register(app, service.KIND, run, can_cancel=True)


@dataclass(frozen=True)
class _Plan:
    """What holds for all batches of an import."""

    options: service.Options
    layout: Layout
    scan: Scan
    origin: Origin


def run(job: Running) -> dict[str, Any]:
    """Imports a file, or the rest of it."""
    options = _options(job.params)
    with transaction():
        stored = files.get(job.project_id, job.id)
        delimiter, size = stored.delimiter, stored.size
        source = files.StoredFile(db.engine, stored)
    try:
        layout, reader = service.open_file(source, delimiter, options.mapping)
        progress = job.progress or {"place": reader.place, "line": reader.line, "number": 0}
        found = scan(reader, layout, size=size, tick=_Tick(job))
        plan = _Plan(options, layout, found, Origin(options.source, options.key_kind))
        rest = Reader(source, delimiter, place=progress["place"], line=progress["line"])
        progress = _go_through(job, plan, rest, progress)
    except TooManyTroubles:
        raise Hopeless(
            "Too many quotes in this file are opened and never closed: look at how it was made"
        ) from None
    except SegmentNotFound:
        raise Hopeless("The segment that the contacts were to be put into was deleted") from None
    if progress.get("created", 0) >= statistics.MANY:
        with transaction():
            statistics.look_anew(Contact, Membership)
    return {name: progress.get(name, 0) for name in service.COUNTS}


def _go_through(job: Running, plan: _Plan, reader: Reader, progress: dict[str, Any]) -> dict[str, Any]:
    """Batch after batch; while the database works on one, the next is read."""
    batches = _Batches(plan, reader, number=progress["number"])
    read = _in_context(batches.next)
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as thread:
        pending = thread.submit(read)
        while (batch := pending.result()) is not None:
            pending = thread.submit(read)
            progress = _store(job, plan, batch, progress)
    return progress


class _Batches:
    """Cuts the rest of a file into batches."""

    def __init__(self, plan: _Plan, reader: Reader, *, number: int) -> None:
        self._slices = reader.slices(BATCH_ROWS, bytes_at_most=BATCH_BYTES)
        self._number = number
        self._scan = plan.scan
        self._checker = Checker(plan.layout)
        self._typist = Typist(plan.layout, plan.scan.text_columns, subscribed=plan.options.subscribed)

    def next(self) -> Batch | None:
        """The next batch; None at the end of the file."""
        some = next(self._slices, None)
        if some is None:
            return None
        batch, addresses = self._sorted(some)
        batch.place, batch.line, batch.number = some.place, some.line, self._number
        self._typist.fill(batch, addresses)
        return batch

    def _sorted(self, some: Slice) -> tuple[Batch, list[str]]:
        """Rows to be imported with their addresses, rows rejected, and rows that a later one replaces."""
        addresses, reasons = self._checker.judge(some)
        first = self._number + 1
        self._number += len(some.rows)
        if not reasons and not self._scan.latest:
            return Batch(lines=list(some.lines), cells=some.rows), addresses
        batch, kept = Batch(), []
        for place, (address, line, cells) in enumerate(zip(addresses, some.lines, some.rows, strict=True)):
            if place in reasons:
                batch.rejected.append((line, reasons[place], cells))
            elif self._scan.is_replaced(address, first + place):
                batch.skipped += 1
            else:
                kept.append(address)
                batch.lines.append(line)
                batch.cells.append(cells)
        return batch, kept


def _store(job: Running, plan: _Plan, batch: Batch, progress: dict[str, Any]) -> dict[str, Any]:
    """Commits a batch with its place. Rows whose contact would hold too much are rejected, the others go on."""
    while True:
        try:
            return job.batch(partial(_write, job, plan, batch, progress))
        except DataTooLarge as problem:
            _reject(batch, problem)


def _write(job: Running, plan: _Plan, batch: Batch, progress: dict[str, Any]) -> dict[str, Any]:
    merged = _merge(job.project_id, plan, batch) if batch.rows else Merged(set(), set())
    rejected.keep(job.project_id, job.id, batch.rejected)
    counts = {
        "created": len(merged.created),
        "updated": len(merged.updated),
        "unchanged": len(batch.rows) - len(merged.created) - len(merged.updated),
        "failed": len(batch.rejected),
        "skipped": batch.skipped,
    }
    further = {name: progress.get(name, 0) + number for name, number in counts.items()}
    further |= {"place": batch.place, "line": batch.line, "number": batch.number}
    job.report(further)
    return further


def _merge(project_id: UUID, plan: _Plan, batch: Batch) -> Merged:
    """The contacts, and as members of the static segment if there is one: who is created was never outside it."""
    wanted = partial(
        merge,
        project_id,
        batch.rows,
        keys=batch.keys,
        types=batch.types,
        origin=plan.origin,
        may_resubscribe=plan.options.resubscribe,
    )
    if plan.options.segment_id is None:
        return wanted()
    segment = segments.get(project_id, plan.options.segment_id)
    require_static(segment)
    begin(segment)
    with gathering() as gathered:
        merged = wanted(wants_ids=True)
    move(segment, merged.contact_ids, is_entry=True, gathered=gathered)
    return merged


def _reject(batch: Batch, problem: DataTooLarge) -> None:
    for index, each in zip(reversed(problem.indexes), reversed(problem.problems), strict=False):
        batch.rejected.append((batch.lines.pop(index), too_large(each.message), batch.cells.pop(index)))
        del batch.rows[index]


def _options(params: dict[str, Any]) -> service.Options:
    segment_id = params["segment_id"]
    return service.Options(**{**params, "segment_id": UUID(segment_id) if segment_id else None})


def _in_context(work: Callable[[], Batch | None]) -> Callable[[], Batch | None]:
    """For another thread: settings belong to the app."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def run() -> Batch | None:
        with app.app_context():
            return work()

    return run


class _Tick:
    """Looks each second, between two parts of the first pass, whether the job is still ours to do."""

    def __init__(self, job: Running) -> None:
        self._job = job
        self._due = time.monotonic() + LOOKS_EVERY

    def __call__(self) -> None:
        if time.monotonic() >= self._due:
            self._job.check()
            self._due = time.monotonic() + LOOKS_EVERY
