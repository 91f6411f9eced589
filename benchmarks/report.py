"""One table for people and one JSON file for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row
from benchmarks.stage import Stage
from benchmarks.wording import aim, at_a_glance, figure, number


def table(rows: Sequence[Row]) -> str:
    """The rows in columns, groups apart."""
    head = ("", "floor", "our SQL", "ours", "unit", "ratio", "aim", "", "rows or note")
    lines: list[tuple[str, ...]] = [head]
    group = ""
    for row in sorted(rows, key=lambda each: each.group):
        if row.group != group:
            group = row.group
            lines.append((group.upper(), *[""] * 8))
        lines.append(_line(row))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 4, 7, 8) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def growth(by_size: dict[int, Sequence[Row]]) -> str:
    """Ours at each size, a row a line: the write path should stay flat, sets should grow with the size."""
    sizes = sorted(by_size)
    found: dict[tuple[str, str], dict[int, Row]] = {}
    for size in sizes:
        for row in by_size[size]:
            found.setdefault((row.group, row.name), {})[size] = row
    width = max(len(f"{group}: {name}") for group, name in found)
    lines = [" " * width + "".join(f"{size:>26,}" for size in sizes)]
    for (group, name), at in found.items():
        cells = (at_a_glance(at[size]) if size in at else "" for size in sizes)
        lines.append(f"{group}: {name}".ljust(width) + "".join(cell.rjust(26) for cell in cells))
    return "\n".join(lines)


def write(path: Path, stage: Stage, rows: Sequence[Row]) -> None:
    """Writes the rows with what is needed to judge them."""
    with stage.connect() as connection:
        version = connection.info.server_version
        (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    about: dict[str, Any] = {
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "contacts": stage.contacts,
        "seededAt": stage.seeded_at.isoformat(),
        "databaseBytes": size,
        "python": platform.python_version(),
        "postgres": version,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, "rows": [row.as_json() for row in rows]}, indent=2) + "\n")


def _line(row: Row) -> tuple[str, ...]:
    return (f"  {row.name}", number(row.floor), number(row.statement), number(row.ours), row.unit, figure(row),
            aim(row), row.verdict, row.note)  # fmt: skip
