"""`python -m benchmarks`: seeds, measures, prints one table, writes one JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks import (
    batches,
    beside_imports,
    catalogue,
    changes,
    deliveries,
    due,
    exports,
    imports,
    pages,
    refreshes,
    report,
    rules,
    search,
    track,
)
from benchmarks.measuring import Row
from benchmarks.stage import stage
from benchmarks.wording import figure
from plunk.embedded.errors import EmbeddedError

# Writes come last: they leave rows behind.
SUBJECTS = {
    "rules": rules,
    "search": search,
    "catalogue": catalogue,
    "changes": changes,
    "batches": batches,
    "refreshes": refreshes,
    "deliveries": deliveries,
    "due": due,
    "pages": pages,
    "exports": exports,
    "imports": imports,
    "beside": beside_imports,
    "track": track,
}
SIZES = ("10000", "100000", "1000000")


@click.command()
@click.option(
    "--contacts",
    "sizes",
    type=click.Choice(SIZES),
    multiple=True,
    default=SIZES[:1],
    show_default=True,
    help="How many contacts, each with ten events. Give it several times to see how figures grow.",
)
@click.option("--only", default=",".join(SUBJECTS), show_default=True, help="What to measure, by comma.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the seeded servers, kept for the next run. [default: .plunk/bench-SIZE]",
)
@click.option(
    "--json",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where results go. [default: benchmarks/results/SIZE.json]",
)
@click.option(
    "--explain", "explains", is_flag=True, help="Print the plans of floor and ours to standard error."
)
def main(sizes: Sequence[str], only: str, home: Path | None, file: Path | None, explains: bool) -> None:
    """Measure plunk against hand-written floors, in the same run.

    Starts PostgreSQL and Valkey of its own (your data is not touched), seeds them on the first run (a million
    contacts and ten million events: some minutes and 8 GB of disk), and prints medians. Ratios count; times are
    this machine's.

    \b
    ratio    ours divided by the floor
    our SQL  the statement that ours sends, sent like the floor's: its distance to the floor is the plan
    ours     all of it, from JSON to rows: its distance to "our SQL" is Python
    ok       within the aim        python  over the aim by the fixed cost of Python only        miss  over it

    \b
    python -m benchmarks                               a first look, a minute or two
    python -m benchmarks --contacts 1000000            the figures of docs/benchmarks.md
    python -m benchmarks --only rules --explain        with the plans
    """
    subjects = _subjects(only)
    if len(sizes) > 1 and (home or file):
        raise click.UsageError("--home and --json go with one size")
    by_size: dict[int, Sequence[Row]] = {}
    for size in sizes:
        place, results = home or Path(f".plunk/bench-{size}"), file or Path(f"benchmarks/results/{size}.json")
        by_size[int(size)] = _measured(int(size), subjects, place, results, explains=explains)
    if len(by_size) > 1:
        click.echo("\n" + report.growth(by_size))


def _subjects(only: str) -> list[str]:
    wanted = [word.strip() for word in only.split(",") if word.strip()]
    for word in wanted:
        if word not in SUBJECTS:
            raise click.UsageError(f"--only {word}: choose from {', '.join(SUBJECTS)}")
    return [name for name in SUBJECTS if name in wanted]


def _measured(size: int, subjects: list[str], home: Path, file: Path, *, explains: bool) -> list[Row]:
    rows: list[Row] = []
    try:
        with stage(home, size) as set_up:
            for name in subjects:
                for row in SUBJECTS[name].measure(set_up, explains=explains):
                    click.echo(f"  {row.group}: {row.name}: {figure(row)} {row.verdict}", err=True)
                    rows.append(row)
            report.write(file, set_up, rows)
    except EmbeddedError as problem:
        raise click.ClickException(f"{problem.message}. {problem.suggestion}") from None
    click.echo(f"\n{size:,} contacts\n\n{report.table(rows)}\n\nwritten to {file}")
    return rows


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
