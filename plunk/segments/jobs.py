"""What workers do with segments: find members, remove those of segments that are gone, count."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import ColumnElement, exists, select

from plunk.accounts.models import Project
from plunk.db import statistics
from plunk.db.base import db
from plunk.db.locks import lock_alone
from plunk.db.session import after_commit, allow_parallel_workers, transaction
from plunk.db.turns import in_turn
from plunk.errors import SegmentNotFound
from plunk.jobs import kinds
from plunk.jobs import service as jobs
from plunk.jobs.models import Job
from plunk.jobs.queue import enqueue
from plunk.jobs.running import Running
from plunk.segments import computing, daily
from plunk.segments.counting import recount_unless_broken
from plunk.segments.failing import FAILED
from plunk.segments.listing import is_stale
from plunk.segments.models import Membership, MembershipTimer, Segment
from plunk.segments.refresh import Pace, step
from plunk.segments.rules import cannot_be_understood
from plunk.segments.service import get, list_segments

COUNT_FOR_THE_DAY = "plunk.segments.jobs.count_for_the_day"


def init_app(app: Flask) -> None:
    kinds.register(app, computing.REFRESH, refresh)
    kinds.register(app, computing.CLEAR, clear)


def refresh(job: Running) -> dict[str, Any]:
    """Range after range, resting as long as each took, so that writers keep half of the time. Of several at once each
    takes the range that is next; a segment's row says how far it is."""
    looked_at = int(job.progress.get("contacts", 0))
    pace = Pace()
    while True:
        job.pause_if_stopping()
        with transaction():
            lock_alone("rules", job.project_id)
            began = time.monotonic()
            found = step(job.project_id, most=pace.contacts)
            if found is None:
                break
            looked_at += found
            job.report({"contacts": looked_at})
        pace.took(time.monotonic() - began)
        time.sleep(min(time.monotonic() - began, 1.0))
    if looked_at >= statistics.MANY:
        with transaction():
            statistics.look_anew(Membership, MembershipTimer)
    return {"contacts": looked_at}


def clear(job: Running) -> dict[str, Any]:
    """Removes what a segment kept that keeps no members any more."""
    segment_id, removed = UUID(job.params["segmentId"]), 0
    while True:
        job.pause_if_stopping()
        with transaction():
            lock_alone("rules", job.project_id)
            segment = db.session.get(Segment, (job.project_id, segment_id))
            if segment is not None and segment.keeps_rows:
                return {"removed": removed}
            some = computing.clear(
                job.project_id, segment_id, most=computing.CLEAR_AT_ONCE, is_gone=segment is None
            )
            removed += some
            job.report({"removed": removed})
            if some < computing.CLEAR_AT_ONCE:
                return {"removed": removed}


def resume() -> int:
    """Starts a job where segments wait for their members and nobody is at it: after an upgrade, or when a job was
    given up. Answers for how many projects."""
    is_waiting = exists().where(Segment.project_id == Project.id, Segment.status == "computing")
    is_at_it = exists().where(
        Job.project_id == Project.id, Job.kind == computing.REFRESH, Job.state.in_(("queued", "active"))
    )
    waiting = db.session.scalars(select(Project.id).where(is_waiting, ~is_at_it)).all()
    for project_id in waiting:
        jobs.start(project_id, computing.REFRESH, {})
    return len(waiting)


def mend() -> int:
    """Finds members anew where a segment was broken for want of an operator that is there again; answers how many.
    Rules that failed wait for somebody to say that they are mended: a refresh."""
    broken = select(Segment).where(*_lacks_an_operator())
    keys = [
        (each.project_id, each.id)
        for each in db.session.scalars(broken).all()
        if cannot_be_understood(each) is None
    ]
    return sum(in_turn(keys, _mend, what="a broken segment").values())


def _mend(key: tuple[UUID, UUID]) -> int:
    lock_alone("rules", key[0])
    wanted = select(Segment).where(Segment.project_id == key[0], Segment.id == key[1], *_lacks_an_operator())
    segment = db.session.scalar(wanted.execution_options(populate_existing=True))
    if segment is None:
        return 0
    computing.begin(segment)
    return 1


def _lacks_an_operator() -> tuple[ColumnElement[bool], ...]:
    return Segment.status == "broken", ~Segment.status_reason.startswith(FAILED)


def ask_for_daily_counts() -> list[UUID]:
    """Has a worker count the segments that keep no members and were not counted today; answers of which projects."""
    projects = daily.projects_to_count()
    for project_id in projects:
        after_commit(partial(enqueue, COUNT_FOR_THE_DAY, str(project_id)))
    return projects


def count_for_the_day(project_id: str) -> None:
    """Each segment in a transaction of its own; a second run finds them counted."""
    project = UUID(project_id)
    for segment_id in daily.segments_to_count(project):
        with suppress(SegmentNotFound), transaction():
            segment = get(project, segment_id)
            if not daily.is_counted(segment):
                allow_parallel_workers()
                recount_unless_broken(segment)
    with transaction():
        daily.note(project)


def recount_stale(project_id: str) -> None:
    """Each segment in a transaction of its own; a second run finds fresh counts and does nothing."""
    project = UUID(project_id)
    for segment_id in [each.id for each in list_segments(project) if is_stale(each)]:
        with suppress(SegmentNotFound), transaction():
            segment = get(project, segment_id)
            if is_stale(segment):
                allow_parallel_workers()
                recount_unless_broken(segment)
