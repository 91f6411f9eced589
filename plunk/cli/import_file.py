"""The file of `plunk import` on its way into the database."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

import click

from plunk.cli import import_results as results
from plunk.cli.bars import bars
from plunk.cli.context import say
from plunk.config import settings
from plunk.db.passing import retried
from plunk.db.session import transaction
from plunk.imports import files, service

_BLOCK = 1024 * 1024


@contextmanager
def text_of(file: IO[bytes], *, encoding: str | None, delimiter: str | None) -> Iterator[files.Text]:
    """The file as text, read as it streams: what cannot be read twice goes through a temporary file."""
    limit = settings().max_import_bytes
    with tempfile.TemporaryFile() as copy:
        with bars() as progress:
            progress.add_task("Reading", total=None)
            if _is_standard_input(file) or not file.seekable():
                while copy.tell() <= limit and (block := file.read(_BLOCK)):
                    copy.write(block)
                file = copy
            if file.seek(0, 2) > limit:
                raise click.ClickException(f"The file is larger than {limit:,} bytes. Split it.")
            text = files.Text(file, encoding=encoding, delimiter=delimiter)
        with text:
            yield text


def keep(project_id: UUID, text: files.Text, options: service.Options, *, name: str) -> UUID:
    """Puts the file into the database, whole or not at all, and the job with it."""
    layout = service.check(project_id, text, options)
    if layout.ignored:
        say(f"Left out: {', '.join(map(results.plain, layout.ignored))}")
    with bars() as progress:
        task = progress.add_task("Storing", total=text.size)

        def store() -> UUID:
            progress.reset(task)
            with transaction():
                stored = files.store(
                    project_id, text, name=name, tick=lambda size: progress.advance(task, size)
                )
                return service.start(project_id, stored, options)

        return retried(store)


def name_of(file: IO[bytes]) -> str:
    """What people will know it by."""
    return "standard input" if _is_standard_input(file) else Path(file.name).name


def _is_standard_input(file: IO[bytes]) -> bool:
    return file is sys.stdin.buffer
