"""Uploaded files in the database: any machine can go on with them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Protocol
from uuid import UUID

from sqlalchemy import Engine, exists, insert, select

from plunk.db.base import db, new_id
from plunk.imports.dialects import delimiter_of
from plunk.imports.encodings import decoded, judge
from plunk.imports.errors import ImportNotFound
from plunk.imports.models import Import, ImportChunk
from plunk.imports.reading import Source
from plunk.jobs.models import Job

CHUNK = 1024 * 1024
_SAMPLE = 256 * 1024
_IN_MEMORY = 2 * CHUNK
_MOST_UNUSED = 20


class Readable(Source, Protocol):
    """A file in UTF-8, with what was found out about it."""

    encoding: str
    delimiter: str


class Text:
    """An upload as UTF-8 in a temporary file, with what was found out about it. Close it."""

    def __init__(self, file: IO[bytes], *, encoding: str | None = None, delimiter: str | None = None) -> None:
        """Raises UnreadableFile."""
        self.encoding = judge(file, given=encoding)
        self.file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by whoever made this
        for part in decoded(file, self.encoding):
            # What stands at the beginning of a file to say that it is Unicode is no part of the first header.
            self.file.write((part if self.file.tell() else part.removeprefix("\ufeff")).encode())
        self.size = self.file.tell()
        self.file.seek(0)
        sample = self.file.read(_SAMPLE).decode(errors="ignore")
        self.delimiter = delimiter or delimiter_of(sample)

    def read(self, place: int) -> bytes:
        """As a source of a reader."""
        self.file.seek(place)
        return self.file.read(CHUNK)

    def __enter__(self) -> Text:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


class StoredFile:
    """A source of a reader, on connections of its own: another thread may read while a transaction is under way."""

    def __init__(self, engine: Engine, stored: Import) -> None:
        self.encoding, self.delimiter = stored.encoding, stored.delimiter
        self._engine = engine
        self._chunks = (ImportChunk.project_id == stored.project_id, ImportChunk.import_id == stored.id)

    def read(self, place: int) -> bytes:
        wanted = select(ImportChunk.content).where(*self._chunks, ImportChunk.number == place // CHUNK)
        with self._engine.connect() as connection:
            content = connection.scalar(wanted)
        return bytes(content)[place % CHUNK :] if content else b""


def store(project_id: UUID, text: Text, *, name: str, tick: Callable[[int], object] | None = None) -> Import:
    """Keeps an upload, in the current transaction. `tick` is told how many bytes each step kept."""
    stored = Import(
        project_id=project_id,
        id=new_id(),
        file_name=name,
        size=text.size,
        encoding=text.encoding,
        delimiter=text.delimiter,
    )
    db.session.add(stored)
    db.session.flush()
    for number, content in enumerate(_chunks(text.file)):
        chunk = {"project_id": project_id, "import_id": stored.id, "number": number, "content": content}
        db.session.execute(insert(ImportChunk).values(chunk))
        if tick:
            tick(len(content))
    return stored


def get(project_id: UUID, import_id: UUID) -> Import:
    """Raises ImportNotFound, also once the file is gone."""
    found = db.session.get(Import, (project_id, import_id))
    if found is None:
        raise ImportNotFound
    return found


def unused(project_id: UUID, import_id: UUID | None = None) -> list[Import]:
    """Uploads that were not started, newest first; the one asked for is locked, so that it is started once."""
    is_started = exists().where(Job.project_id == Import.project_id, Job.id == Import.id)
    found = select(Import).where(Import.project_id == project_id, ~is_started)
    if import_id:
        found = found.where(Import.id == import_id).with_for_update()
    return list(db.session.scalars(found.order_by(Import.id.desc()).limit(_MOST_UNUSED)))


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while content := file.read(CHUNK):
        yield content
