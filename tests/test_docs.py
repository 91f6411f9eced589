"""What the pages say is what the code does."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import click
import pytest

from plunk import hookspecs
from plunk.cli.main import main
from plunk.config import Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_tables_of_a_page_are_fresh(page: Path, generate: ModuleType) -> None:
    assert page.read_text() == generate.renewed(page.read_text()), "run: make docs"


def test_every_setting_has_words() -> None:
    for setting in fields(Settings):
        assert setting.metadata["env"] and setting.metadata["help"].endswith(".")


def commands(group: click.Group, name: str = "plunk") -> list[tuple[str, click.Command]]:
    found = []
    for key, command in group.commands.items():
        path = f"{name} {key}"
        found += commands(command, path) if isinstance(command, click.Group) else [(path, command)]
    return found


@pytest.mark.parametrize(("name", "command"), commands(main))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help, name
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in ("help", "kind"):
            assert option.help, f"{name} {option.opts}"


def test_every_hook_has_a_section() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text()
    hooks = [name for name in vars(hookspecs) if name.startswith("plunk_")]
    assert re.findall(r"^### `(\w+)`$", page, re.MULTILINE) == hooks


def test_links_between_pages_lead_somewhere() -> None:
    pages = [
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted(ROOT.glob("plugins/**/README.md")),
    ]
    for page in pages:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
