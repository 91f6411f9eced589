"""`plunk plugins`: who takes part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import click

from plunk import plugins as installed
from plunk.app import create_app
from plunk.config import Settings
from plunk.filters.operator import Operator

MANY = 6


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(as_json: bool) -> None:
    """List plugins: where each comes from, which hooks it answers, which operators it brings.

    Installing a distribution with an entry point in the group plunk is all it takes; it is found at the next start.
    PLUNK_DISABLED_PLUGINS keeps plugins out, by the names in the first column. One that does not load, or refuses
    its settings, is named here with the reason. Needs no database. docs/plugins.md shows how to write one.

    Example: PLUNK_DISABLED_PLUGINS=email-domain plunk plugins
    """
    rows = _rows()
    if as_json:
        click.echo(json.dumps(rows))
        return
    titles = ("plugin", "from", "answers", "brings")
    _print(
        [titles, *((row["name"], _origin(row), _some(row["hooks"]), _some(row["operators"])) for row in rows)]
    )


def _rows() -> list[dict[str, Any]]:
    """`{name, state, distribution, hooks, operators}` of each plugin, disabled ones too."""
    settings = Settings.from_environment(database_url="postgresql:///", redis_url="redis://localhost")
    with create_app(settings).app_context():
        manager = installed.manager()
        brought = dict(installed.results(manager, "plunk_filter_operators", of=Operator))
        return [
            {**asdict(plugin), "operators": [each.key for each in brought.get(plugin.name, ())]}
            for plugin in installed.listed(manager)
        ]


def _origin(row: dict[str, Any]) -> str:
    if row["state"] == "built-in":
        return "built in"
    return f"{row['distribution']}{' (disabled)' if row['state'] == 'disabled' else ''}"


def _some(names: Sequence[str]) -> str:
    """All names, or the first of many and how many more there are."""
    if len(names) <= MANY:
        return ", ".join(names)
    return f"{', '.join(names[: MANY - 1])} and {len(names) - MANY + 1} more"


def _print(rows: Iterable[Sequence[str]]) -> None:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
