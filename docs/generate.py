"""Writes the tables in these pages that are made from code: `make docs`. A test fails when they are stale."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path

from flask import Flask

from plunk import hookspecs, plugins
from plunk.app import create_app
from plunk.cli.main import main as commands
from plunk.config import Settings
from plunk.web.errors import codes
from plunk.web.openapi import document

HERE = Path(__file__).parent


def plunk_alone() -> Flask:
    """An app without the plugins that happen to be installed here."""
    installed = tuple(each.name for each in entry_points(group=plugins.GROUP))
    return create_app(
        Settings(database_url="postgresql:///", redis_url="redis://localhost", disabled_plugins=installed)
    )


def settings_table() -> str:
    rows = [
        f"| `{each.metadata['env']}` | {_default(each.default)} | {each.metadata['help']} |"
        for each in fields(Settings)
    ]
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows])


def operators_table() -> str:
    app = plunk_alone()
    rows = []
    for each in app.extensions["plunk.vocabulary"].describe()["operators"]:
        value = each["value"]["type"] if each["value"] else ""
        members = ", ".join(f"`{name}`" for name in each["members"])
        takes = "; ".join(part for part in (value, members) if part)
        rows.append(f"| `{each['operator']}` | {each['label']} | {', '.join(each['kinds'])} | {takes} |")
    return "\n".join(["| operator | meaning | kinds of field | takes |", "|---|---|---|---|", *rows])


def errors_table() -> str:
    rows = [f"| `{code}` | {status} |" for code, status in sorted(codes().items())]
    return "\n".join(["| code | status |", "|---|---|", *rows])


def endpoints_table() -> str:
    app = plunk_alone()
    with app.app_context():
        paths = document()["paths"]
    rows = [
        f"| `{method.upper()} {path}` | {operation.get('summary', '')} |"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and "responses" in operation
    ]
    return "\n".join(["| call | what it does |", "|---|---|", *sorted(rows)])


def commands_table() -> str:
    rows = []
    for name, command in commands.commands.items():
        inner = getattr(command, "commands", None)
        for key, each in inner.items() if inner else [("", command)]:
            rows.append(f"| `plunk {name} {key}".rstrip() + f"` | {each.get_short_help_str(120)} |")
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def hooks_table() -> str:
    rows = []
    for name, hook in vars(hookspecs).items():
        if name.startswith("plunk_"):
            arguments = ", ".join(inspect.signature(hook).parameters)
            purpose = re.match(r".*?[.](?=\s|$)", inspect.getdoc(hook) or "", re.DOTALL)
            rows.append(
                f"| [`{name}({arguments})`](#{name}) | {' '.join(purpose[0].split()) if purpose else ''} |"
            )
    return "\n".join(["| hook | what it is for |", "|---|---|", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "operators": operators_table,
    "errors": errors_table,
    "endpoints": endpoints_table,
    "commands": commands_table,
    "hooks": hooks_table,
}


def renewed(text: str) -> str:
    """A page with its tables made anew."""

    def table(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"<!-- made: {name} -->\n{TABLES[name]()}\n<!-- end -->"

    return re.sub(r"<!-- made: (\w+) -->.*?<!-- end -->", table, text, flags=re.DOTALL)


def pages() -> list[Path]:
    return sorted(HERE.glob("*.md"))


def _default(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value == "" else f"`{value}`"


if __name__ == "__main__":
    for page in pages():
        text = page.read_text()
        if (new := renewed(text)) != text:
            page.write_text(new)
            sys.stdout.write(f"{page.name} renewed\n")
