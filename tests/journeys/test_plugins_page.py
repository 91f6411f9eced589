"""What docs/plugins.md lets people paste: the files it makes are plugins whose tests pass."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT

PAGE = (ROOT / "docs" / "plugins.md").read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that the page makes, without what it installs and starts."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "plunk-text-length").mkdir()
    blocks = [each for each in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "cat >" in each]
    lines = [line for block in blocks for line in block.splitlines() if ".venv/bin/" not in line]
    script = "set -e\n" + "\n".join(lines)
    subprocess.run(["bash", "-c", script], cwd=folder / "plunk-text-length", check=True, timeout=120)
    return folder


@pytest.mark.parametrize("name", ["plunk-text-length", "plunk-diary"])
def test_a_plugin_of_the_page_passes_its_tests(made: Path, name: str) -> None:
    folder = made / name
    pretend_to_install(folder)
    path = os.pathsep.join([str(folder), str(ROOT)])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def pretend_to_install(folder: Path) -> None:
    """What pip would do with its setup.cfg, as far as plunk looks at it."""
    papers = configparser.ConfigParser()
    papers.read(folder / "setup.cfg")
    name, version = papers["metadata"]["name"], papers["metadata"]["version"]
    meta = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (meta / "entry_points.txt").write_text(f"[plunk]{papers['options.entry_points']['plunk']}\n")
