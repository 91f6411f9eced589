"""`plunk import`: a CSV file into a project, with an account of every row."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO, Any
from uuid import UUID

import click
from flask import Flask
from rich.progress import Progress

from plunk.cli import import_results as results
from plunk.cli.bars import bars
from plunk.cli.context import app_of, project_of, say
from plunk.cli.doing import Interrupted, do
from plunk.cli.import_file import keep, name_of, text_of
from plunk.errors import SegmentNotFound
from plunk.imports import dialects, previewing, service
from plunk.imports.types import TYPES
from plunk.jobs.models import Job
from plunk.segments import service as segments

INTERRUPTED = 130


def _mapping(context: click.Context, option: click.Parameter, texts: Sequence[str]) -> dict[str, Any]:
    """`Column=field`, `Column=field:type`, and `Column=` to skip it."""
    found: dict[str, Any] = {}
    for text in texts:
        column, _, wish = text.rpartition("=")
        if not column:
            raise click.BadParameter(f'{text!r} is not of the form "Column=field"')
        field, _, kind = wish.rpartition(":")
        found[column] = {"field": field or column, "type": kind} if kind in TYPES else wish or None
    return found


def _delimiter(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    found = dialects.parse(text) if text is not None else None
    if text is not None and found is None:
        raise click.BadParameter(f"Must be one character, or one of {', '.join(dialects.DELIMITERS)}")
    return found


@click.command("import")
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--project", "project_id", type=click.UUID, help="The project's id. Not needed where there is only one."
)
@click.option("--segment", "slug", help="Put everybody in the file into the static segment with this slug.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_mapping,
    metavar="COLUMN=FIELD[:TYPE]",
    help="What a column becomes, if not the field of its name. With nothing behind the = it is skipped. The type is"
    f" one of {', '.join(TYPES)}.",
)
@click.option(
    "--subscribed/--unsubscribed",
    default=None,
    help="For rows that do not say so themselves. Without either, new contacts are subscribed and others stay as they"
    " are.",
)
@click.option("--resubscribe", is_flag=True, help="Also bring back people who opted out.")
@click.option("--encoding", help="Such as windows-1252. Found out if absent.")
@click.option(
    "--delimiter",
    callback=_delimiter,
    help="comma, semicolon, tab, pipe or a character. Found out if absent.",
)
@click.option("--preview", "is_preview", is_flag=True, help="Show what would become of the file, and end.")
@click.option(
    "--errors",
    type=click.File("wb", lazy=False),
    help="Write the rejected rows to this file, with the reasons.",
)
@click.option("--resume", "import_id", type=click.UUID, help="Go on with this import; there is no FILE then.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(
    file: IO[bytes] | None,
    project_id: UUID | None,
    slug: str | None,
    mapping: dict[str, Any],
    subscribed: bool | None,
    resubscribe: bool,
    encoding: str | None,
    delimiter: str | None,
    is_preview: bool,
    errors: IO[bytes] | None,
    import_id: UUID | None,
    as_json: bool,
) -> None:
    """Import the contacts in FILE, a CSV file with a header. With - for FILE, standard input is read.

    One column is the e-mail address, wherever it stands; the others become fields of their names. Known addresses are
    updated, and people who unsubscribed stay so. Whatever dies, the import can go on where it was.

    \b
    Look first, then import:
      plunk import people.csv --preview
      plunk import people.csv
    Into a static segment, two columns renamed, one left out:
      plunk import people.csv --segment fair-2026 \\
        --map "Kundennr.=customerId:string" --map "Ort=city" --map "Notes="
    From another program, rejected rows into a file:
      mysql -B -e "SELECT email, plan FROM users" | plunk import - --errors rejected.csv
    Go on after Ctrl-C, or see once more what was rejected:
      plunk import --resume IMPORT_ID --errors rejected.csv

    Ends with status 1 if rows were rejected or the import failed.
    """
    if (file is None) == (import_id is None):
        raise click.UsageError("Name a FILE to import, or with --resume an import to go on with.")
    with app_of("import", is_worker=True) as (app, _):
        project = project_of(project_id)
        if file:
            options = service.Options(
                mapping=mapping,
                segment_id=_segment(project, slug),
                subscribed=subscribed,
                resubscribe=resubscribe,
            )
            with text_of(file, encoding=encoding, delimiter=delimiter) as text:
                if is_preview:
                    results.show_preview(previewing.preview(project, text, options), as_json=as_json)
                    return
                import_id = keep(project, text, options, name=name_of(file))
        assert import_id
        job = _do(app, project, import_id)
        are_all_in = results.account(project, job, errors=errors, as_json=as_json)
    if not are_all_in:
        sys.exit(1)


def _segment(project_id: UUID, slug: str | None) -> UUID | None:
    if slug is None:
        return None
    try:
        return segments.by_slug(project_id, slug).id
    except SegmentNotFound:
        raise click.UsageError(f"No segment of this project has the slug {slug!r}") from None


def _do(app: Flask, project_id: UUID, import_id: UUID) -> Job:
    service.get(project_id, import_id)
    try:
        with bars() as progress:
            return do(app, project_id, import_id, tell=_Teller(progress, project_id, import_id))
    except BaseException as problem:
        say(
            "The import is not finished. Nothing is lost: a worker goes on with it (a running plunk up has one), and so"
            f" does\n  plunk import --resume {import_id} --project {project_id}"
        )
        if isinstance(problem, Interrupted | KeyboardInterrupt):
            sys.exit(INTERRUPTED)
        raise


class _Teller:
    """Moves a bar as the job goes on. While the file is looked through for the first time nobody knows how far."""

    def __init__(self, progress: Progress, project_id: UUID, import_id: UUID) -> None:
        self._progress = progress
        self._task = progress.add_task("Looking at all rows", total=None)
        stored = service.stored_or_none(project_id, import_id)
        self._size = stored.size if stored else None

    def __call__(self, job: Job) -> None:
        if place := job.progress.get("place", 0):
            rows = service.view(job, None)["progress"]["rows"]
            self._progress.update(
                self._task, description=f"Importing, {rows:,} rows", completed=place, total=self._size
            )
