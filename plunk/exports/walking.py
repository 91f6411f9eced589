"""Goes through the contacts of a selection along their ids, a range at a time, and hands each out as text.

Each range is a short transaction of its own, and its text is complete before any of it leaves: a receiver that takes
its time holds no connection and no snapshot, and whatever the database refuses is simply asked again. Whoever is in
the selection all the while is in exactly one range; who is created meanwhile is behind the last.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple
from uuid import UUID

import psycopg
from flask import current_app
from sqlalchemy import ColumnElement, Uuid, bindparam
from sqlalchemy.exc import SQLAlchemyError

from plunk.accounts.service import rules_version
from plunk.contacts.listing import id_after, last_id
from plunk.db.copying import Copying
from plunk.db.passing import is_passing, sqlstate
from plunk.db.session import transaction
from plunk.exports.layouts import Layout
from plunk.segments.failing import asking
from plunk.segments.selection import Selection

log = logging.getLogger(__name__)

BEGINNING = UUID(int=0)
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of a range that are kept in memory; what goes beyond waits on the disk."""

AIM_BYTES = 4 * 1024 * 1024
AIM_SECONDS = 0.25
FIRST, FEWEST, MOST = 2_000, 20, 100_000
"""Contacts in a range."""

TRIES = 6
_QUERY_CANCELED = "57014"


@dataclass
class Pace:
    """How many contacts are looked at next. All that are looked at may be in the selection, or none: it goes by how
    much the last range gave and how long it took."""

    contacts: int

    def took(self, seconds: float, size: int) -> None:
        factor = min(AIM_SECONDS / max(seconds, 0.001), AIM_BYTES / max(size, 1), 4.0)
        self.contacts = int(min(max(self.contacts * factor, FEWEST), MOST))

    def was_too_long(self) -> None:
        self.contacts = max(self.contacts // 8, FEWEST)


class Part(NamedTuple):
    """The text of a range, to be read from its beginning; how many contacts of the project were looked at for it, and
    how many were found."""

    text: IO[bytes]
    looked_at: int
    found: int


class Walk:
    """One way through the contacts of a selection, in one app context after the other."""

    def __init__(self, selection: Selection, layout: Layout) -> None:
        self.selection, self.layout = selection, layout
        self._app = current_app._get_current_object()  # type: ignore[attr-defined]
        self._pace = Pace(FIRST)
        self._patience = 1
        self._after, self._last = BEGINNING, last_id(selection.project_id) or BEGINNING
        self._ready: tuple[int, Copying] | None = None

    def parts(self) -> Iterator[Part]:
        """One range after the other; while one is read, the database works on the next.

        Raises what `Selection.where` raises, and errors of the database that do not pass. Before the first range is
        handed out it does not wait for a database out of reach: the caller can still say so.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="exporting") as thread:
            pending = thread.submit(self._next)
            try:
                while (part := pending.result()) is not None:
                    pending = thread.submit(self._next)
                    yield part
            finally:
                thread.submit(_close, pending)

    def _next(self) -> Part | None:
        if self._after >= self._last:
            return None
        with self._app.app_context():
            part = self._retried()
        self._patience = TRIES
        return part

    def _retried(self) -> Part:
        tries = 0
        while True:
            try:
                return self._range()
            except (SQLAlchemyError, psycopg.Error) as problem:
                tries += 1
                is_too_long = sqlstate(problem) == _QUERY_CANCELED and self._pace.contacts > FEWEST
                if not is_passing(problem) or (tries >= self._patience and not is_too_long):
                    raise
                log.warning("a range of an export is asked for again: %s", problem)
            if is_too_long:
                self._pace.was_too_long()
            else:
                time.sleep(0.1 * 2**tries)

    def _range(self) -> Part:
        began, number = time.perf_counter(), self._pace.contacts
        with ExitStack() as unless_done:
            text = unless_done.enter_context(SpooledTemporaryFile(IN_MEMORY))
            with transaction():
                end = min(
                    id_after(self.selection.project_id, self._after, number=number) or self._last, self._last
                )
                with asking() if self.selection.has_rule else nullcontext():
                    found = self._copying().write(text, after=self._after, end=end)
            self._pace.took(time.perf_counter() - began, text.tell())
            text.seek(0)
            unless_done.pop_all()
        self._after = end
        return Part(text, number, found)

    def _copying(self) -> Copying:
        """Made anew when rules of the project were edited meanwhile."""
        version = rules_version(self.selection.project_id)
        if self._ready is None or self._ready[0] != version:
            query = self.layout.lines(self.selection.where(within=_in_range))
            self._ready = version, Copying(query, self.layout.copied)
        return self._ready[1]


def _close(abandoned: Future[Part | None]) -> None:
    """What nobody will read, of a walk that was broken off."""
    if abandoned.exception() is None and (part := abandoned.result()):
        part.text.close()


def _in_range(column: ColumnElement[UUID]) -> list[ColumnElement[bool]]:
    return [column > bindparam("after", BEGINNING, Uuid()), column <= bindparam("end", BEGINNING, Uuid())]
