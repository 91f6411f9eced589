"""Our own tests stand on the fixtures that plugin authors get."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from plunk.testing.api import Project as TestProject
from tests.live import clear

__all__ = ["Install", "TestProject"]
TestProject.__test__ = False  # type: ignore[attr-defined]

pytest_plugins = ["plunk.testing.fixtures"]

Install = Callable[..., None]


@pytest.fixture
def alone(app: Flask) -> None:
    """For tests that start workers or a scheduler: those work for everybody, and what other tests have left to be done
    would take its turn first. Ask for it by `usefixtures`, so that it comes before whatever the test makes."""
    clear(app)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a plugin for the length of a test: a module of its name, and the entry point that names it.

    `install(name, source, distribution=…, module=…)`: the last two are made from the name unless given; without a
    source the module is one that is there already.
    """
    monkeypatch.syspath_prepend(str(tmp_path))

    def place(name: str, source: str | None, *, distribution: str = "", module: str = "") -> None:
        module, distribution = module or name.replace("-", "_"), distribution or name
        if source is not None:
            (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
            monkeypatch.delitem(sys.modules, module, raising=False)
        meta = tmp_path / f"{distribution.replace('-', '_')}-1.dist-info"
        meta.mkdir()
        (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
        (meta / "entry_points.txt").write_text(f"[plunk]\n{name} = {module}\n")

    return place
