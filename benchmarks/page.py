"""Puts results into `docs/benchmarks.md`, between its two marks: `python -m benchmarks.page FILE.json…`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

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
    rows: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    for file in files:
        run = json.loads(file.read_text())
        runs[run["contacts"]] = run
        found = rows.setdefault(run["contacts"], {})
        found.update({(row["group"], row["name"]): row for row in run["rows"]})
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    largest = max(rows)
    parts = [BEGIN, "", _about(runs[largest]), "", *_table(list(rows[largest].values()))]
    if len(rows) > 1:
        parts += ["", "### Growth", "", *_growth(rows)]
    PAGE.write_text("\n".join([before.rstrip("\n"), "", *parts, "", END]) + after)
    click.echo(f"written to {PAGE}")


def _about(run: dict[str, Any]) -> str:
    gigabytes = run["databaseBytes"] / 1e9
    return (
        f"{run['contacts']:,} contacts, {gigabytes:.1f} GB, {run['cores']} cores ({run['machine']}), PostgreSQL"
        f" {run['postgres'] // 10000}.{run['postgres'] % 10000}, Python {run['python']}, {run['measuredAt'][:10]}."
    )


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = ["| | ratio | aim | | floor | our SQL | ours | |", "|---|---:|---:|---|---:|---:|---:|---|"]
    for row in rows:
        statement = "" if row["statement"] is None else _number(row["statement"])
        aim = f"{'≥' if row['unit'] == 'req/s' else '≤'} {row['aim']:g}"
        cells = (f"{row['group']}: {row['name']}", f"**{row['ratio']:.2f}**", aim, row["verdict"],
                 _number(row["floor"]), statement, f"{_number(row['ours'])} {row['unit']}", row["note"])  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _growth(rows: dict[int, dict[tuple[str, str], dict[str, Any]]]) -> list[str]:
    """Ours at each size, with its ratio."""
    sizes = sorted(rows)
    lines = ["| | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---|" + "---:|" * len(sizes)]
    for key, largest in rows[sizes[-1]].items():
        cells = [
            f"{_number(row['ours'])} {row['unit']} (× {row['ratio']:.2f})"
            if (row := rows[size].get(key))
            else ""
            for size in sizes
        ]
        lines.append(f"| {largest['group']}: {largest['name']} | " + " | ".join(cells) + " |")
    return lines


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.page")
