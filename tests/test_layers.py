"""Imports go down: a module imports its own package or a lower floor, never a neighbour and never upwards."""

from __future__ import annotations

import ast
import configparser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "plunk"

FLOORS = [
    {"__main__"},
    {"cli", "serving", "testing"},
    {"app", "health", "manual", "schedule", "logs"},
    {"dashboard"},
    {"webhooks", "imports", "exports", "bulk"},
    {"segments"},
    {"track"},
    {"contacts"},
    {"events"},
    {"accounts"},
    {"outbox"},
    {"jobs", "idempotency"},
    {"filters", "web", "outbound", "signing", "plugins", "embedded"},
    {"db"},
    {"hookspecs", "refusals"},
    {"facts", "errors", "clock", "config", "memory"},
    {"setting_texts"},
]
# The factory is the table of contents of its floor.
NEIGHBOURS_ALLOWED = {("app", "health"), ("app", "manual"), ("app", "logs")}
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The rooms of plunk that a file imports, inside functions too; for type checkers only is allowed."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "plunk":
            found |= {f"plunk.{name.name}" for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.split(".")[1] for name in found if name.startswith("plunk.")} - {"hookimpl"}


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_lower_floors_only(path: Path) -> None:
    room = room_of(path)
    for other in imports_of(path) - {room}:
        assert other in LEVEL, f"{other} stands on no floor"
        if (room, other) not in NEIGHBOURS_ALLOWED:
            assert LEVEL[other] > LEVEL[room], f"{room} must not import {other}"


def test_package_files_hold_a_docstring_only() -> None:
    for path in ROOT.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        allowed = 4 if path.parent == ROOT else 1
        assert len(body) <= allowed, path


def test_no_module_has_taken_in_a_second_subject() -> None:
    for path in FILES:
        assert len(path.read_text().splitlines()) <= 300, path


def test_every_package_is_installed() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT.parent / "setup.cfg")
    folders = {path.parent.relative_to(ROOT.parent) for path in ROOT.rglob("__init__.py")}
    assert {".".join(folder.parts) for folder in folders} <= set(setup["options"]["packages"].split())
