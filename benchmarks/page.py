"""Puts results into `docs/benchmarks.md`, between its two marks: `python -m benchmarks.page FILE.json…`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.measuring import Row
from benchmarks.wording import aim, at_a_glance, figure, number

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def main(files: Sequence[Path]) -> None:
    """Write the table of results from FILES, one or more runs.

    Runs of one size are joined, later ones win. The largest size gets the full table, with several sizes a second
    one shows the growth.
    """
    runs: dict[int, dict[str, Any]] = {}
    rows: dict[int, dict[tuple[str, str], Row]] = {}
    measured: dict[int, dict[str, str]] = {}
    for file in files:
        run = json.loads(file.read_text())
        runs[run["contacts"]] = run
        found = rows.setdefault(run["contacts"], {})
        for row in map(Row.from_json, run["rows"]):
            found[row.group, row.name] = row
            measured.setdefault(run["contacts"], {})[row.group] = run["measuredAt"][:10]
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    largest = max(rows)
    parts = [BEGIN, "", _about(runs[largest], measured[largest]), "", *_table(list(rows[largest].values()))]
    if len(rows) > 1:
        parts += ["", "### Growth", "", *_growth(rows)]
    PAGE.write_text("\n".join([before.rstrip("\n"), "", *parts, "", END]) + after)
    click.echo(f"written to {PAGE}")


def _about(run: dict[str, Any], measured: Mapping[str, str]) -> str:
    """The machine, and when each group of rows was measured."""
    gigabytes = run["databaseBytes"] / 1e9
    days = sorted(set(measured.values()))
    when = days[0] if len(days) == 1 else "; ".join(f"{day}: {_groups(measured, day)}" for day in days)
    return (
        f"{run['contacts']:,} contacts, {gigabytes:.1f} GB, {run['cores']} cores ({run['machine']}), PostgreSQL"
        f" {run['postgres'] // 10000}.{run['postgres'] % 10000}, Python {run['python']}, {when}."
    )


def _groups(measured: Mapping[str, str], day: str) -> str:
    return ", ".join(dict.fromkeys(group.partition(":")[0] for group, at in measured.items() if at == day))


def _table(rows: Sequence[Row]) -> list[str]:
    lines = ["| | ratio | aim | | floor | our SQL | ours | |", "|---|---:|---:|---|---:|---:|---:|---|"]
    for row in rows:
        judged = f"**{figure(row)}**" if row.aim is not None else figure(row)
        cells = (f"{row.group}: {row.name}", judged, aim(row), row.verdict, number(row.floor),
                 number(row.statement), f"{number(row.ours)} {row.unit}", row.note)  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _growth(rows: dict[int, dict[tuple[str, str], Row]]) -> list[str]:
    """Ours at each size, with what it is judged by."""
    sizes = sorted(rows)
    lines = ["| | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---|" + "---:|" * len(sizes)]
    for key, largest in rows[sizes[-1]].items():
        cells = [at_a_glance(row) if (row := rows[size].get(key)) else "" for size in sizes]
        lines.append(f"| {largest.group}: {largest.name} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.page")
