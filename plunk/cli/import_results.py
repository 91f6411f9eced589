"""What `plunk import` says: a preview, the account of all rows, those that were rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plunk.cli.context import say
from plunk.imports import rejected, service
from plunk.imports.dialects import DELIMITERS
from plunk.imports.models import Import
from plunk.imports.schemas import ImportPreview, ImportView
from plunk.jobs.models import Job
from plunk.web.schema import PlunkSchema

MOST_SHOWN = 5
_WIDEST = 40
_PIPED = 200


def show_preview(found: Mapping[str, Any], *, as_json: bool) -> None:
    """What an import would do."""
    if as_json:
        _print_json(ImportPreview(), found)
        return
    word = next((word for word, each in DELIMITERS.items() if each == found["delimiter"]), found["delimiter"])
    rows = f"{'all' if found['isAll'] else 'the first'} {found['lookedAt']:,} rows were looked at"
    click.echo(f"Encoding {found['encoding']}, delimiter {word}; {rows}.\n")
    columns = [
        [
            each["name"],
            each["field"] or "(left out)",
            "string (codes)" if each["holdsCodes"] else each["type"] or "",
            ", ".join(each["samples"]),
        ]
        for each in found["columns"]
    ]
    _table(["column", "becomes", "type", "for example"], columns)
    click.echo()
    names = [each["name"] for each in found["columns"]]
    _table(["line", *names], [[str(row["line"]), *row["cells"]] for row in found["rows"]])
    if found["problemCount"]:
        click.echo(f"\n{found['problemCount']:,} of them would be rejected:")
    for problem in found["problems"]:
        click.echo(f"  line {problem['line']}: {plain(problem['message'])}")


def account(project_id: UUID, job: Job, *, errors: IO[bytes] | None, as_json: bool) -> bool:
    """Says what became of an import's rows; answers whether all of them are in."""
    stored = service.stored_or_none(project_id, job.id)
    found = service.view(job, stored)
    result = found["result"]
    if as_json:
        _print_json(ImportView(), found)
    else:
        counts = ", ".join(f"{number:,} {word}" for word, number in result.items())
        click.echo(f"{found['progress']['rows']:,} rows: {counts}")
    if job.state == "cancelled":
        say("The import was cancelled before its end; what was imported stays.")
    elif job.state == "failed":
        say(f"The import failed: {plain(found['failedReason'] or '')}")
    if errors and stored:
        _write_rejected(project_id, stored, errors)
    if result["failed"]:
        _point_out(project_id, job.id, result["failed"], stored, errors)
    return job.state == "completed" and not result["failed"]


def plain(text: str) -> str:
    """Text from a file, fit for a terminal: line ends and control characters move no cursor."""
    return "".join(char if char.isprintable() else " " for char in text)


def _point_out(
    project_id: UUID, import_id: UUID, number: int, stored: Import | None, errors: IO[bytes] | None
) -> None:
    were = "row was" if number == 1 else "rows were"
    say(f"{number:,} {were} rejected{':' if stored else ', and not kept for longer.'}")
    for row in rejected.first(project_id, import_id, limit=MOST_SHOWN):
        say(f"  line {row.line}: {plain(row.reason)}")
    if stored and errors:
        say(f"All of them are in {errors.name}")
    elif stored:
        say(
            f"plunk import --resume {import_id} --project {project_id} --errors FILE writes all of them down."
        )


def _write_rejected(project_id: UUID, stored: Import, errors: IO[bytes]) -> None:
    for lines in service.rejected_csv(project_id, stored.id):
        errors.write(lines.encode())


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPED
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(Text(plain(name)), no_wrap=True, overflow="ellipsis", max_width=_WIDEST)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    console.print(table)


def _print_json(schema: PlunkSchema, found: Mapping[str, Any]) -> None:
    click.echo(json.dumps(schema.dump(found), ensure_ascii=False))
