"""`plunk export`: the contacts of a project as a file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import click

from plunk.cli.bars import bars
from plunk.cli.context import app_of, project_of, say
from plunk.config import settings
from plunk.contacts.listing import count
from plunk.contacts.models import Contact
from plunk.errors import InvalidJson, SegmentNotFound
from plunk.exports.layouts import FORMATS
from plunk.exports.service import Tick, stream
from plunk.segments import rules
from plunk.segments import service as segments
from plunk.segments.selection import Selection
from plunk.web.body import parse

STANDARD_OUTPUT = "-"


@click.command()
@click.option(
    "--project", "project_id", type=click.UUID, help="The project's id. Not needed where there is only one."
)
@click.option("--segment", "slug", help="Only members of the segment with this slug.")
@click.option("--search", help="Only contacts with this in their address, in any case.")
@click.option(
    "--subscribed/--unsubscribed", default=None, help="Only those who are subscribed, or those who are not."
)
@click.option("--condition", help="Only those whom this rule describes, as JSON; @FILE reads it from a file.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="csv, unless the name of the file says ndjson."
)
@click.option("--gzip", "is_gzipped", is_flag=True, help="Compress it. So does a file name with .gz.")
@click.option("--bom", "has_bom", is_flag=True, help="Begin CSV with the mark by which Excel knows UTF-8.")
@click.option(
    "--output",
    default=STANDARD_OUTPUT,
    show_default=True,
    metavar="FILE",
    help="Where to; - is standard output. The file is there once it is whole.",
)
def export(
    project_id: UUID | None,
    slug: str | None,
    search: str | None,
    subscribed: bool | None,
    condition: str | None,
    form: str | None,
    is_gzipped: bool,
    has_bom: bool,
    output: str,
) -> None:
    """Export contacts as CSV, safe to open in a spreadsheet, or as one line of JSON for each (ndjson).

    An export says everything about a contact: plunk import makes the same contacts of it, here or elsewhere. It is
    written as it is read, however many there are.

    \b
    All contacts, and the members of a segment:
      plunk export --output contacts.csv
      plunk export --segment vip-customers --subscribed --output vips.csv.gz
    For Excel, with umlauts that are right at once:
      plunk export --bom --output contacts.csv
    By a rule, into another program:
      plunk export --format ndjson --condition @german-pros.json | jq -r .email
    From one plunk to another:
      plunk export | ssh other plunk import -
    """
    name = output.lower()
    is_gzipped = is_gzipped or name.endswith(".gz")
    form = form or ("ndjson" if {".ndjson", ".jsonl"} & set(Path(name).suffixes) else "csv")
    with app_of("export"):
        project = project_of(project_id)
        selection = Selection(
            project,
            search=search,
            subscribed=subscribed,
            segment_id=_segment(project, slug),
            condition=_condition(project, condition),
        )
        with _destination(output) as file, _progress(project) as (tick, found):
            has_bom = has_bom and form == "csv"
            for piece in stream(selection, form, is_gzipped=is_gzipped, has_bom=has_bom, tick=tick):
                file.write(piece)
        say(f"{sum(found):,} contacts exported.")


def _segment(project_id: UUID, slug: str | None) -> UUID | None:
    if slug is None:
        return None
    try:
        return segments.by_slug(project_id, slug).id
    except SegmentNotFound:
        raise click.UsageError(f"No segment of this project has the slug {slug!r}") from None


def _condition(project_id: UUID, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        raw = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        found = parse(raw, max_depth=settings().max_json_depth)
    except (OSError, UnicodeEncodeError, InvalidJson) as problem:
        raise click.UsageError(f"--condition: {problem}") from None
    return rules.parse(project_id, found).raw


@contextmanager
def _destination(name: str) -> Iterator[IO[bytes]]:
    """Where the file goes. It takes its name when it is whole: nobody finds half of one, or loses an older one to it.
    Only its owner may read it, for it is about people."""
    path = Path(name)
    if name == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as pipe:
                yield pipe
            return
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise click.ClickException(f"Cannot write to {name}: {problem.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


@contextmanager
def _progress(project_id: UUID) -> Iterator[tuple[Tick, list[int]]]:
    """A bar, and the numbers of contacts that were found."""
    found: list[int] = []
    with bars() as progress:
        total = None if progress.disable else count([Contact.project_id == project_id])
        task = progress.add_task("Exporting", total=total)

        def tick(looked_at: int, number: int) -> None:
            found.append(number)
            progress.update(task, advance=looked_at, description=f"Exporting, {sum(found):,} contacts")

        yield tick, found
