"""Short runs of the chaos: `python -m benchmarks.chaos` and `python -m benchmarks.chaos.imports` are the long ones."""

from __future__ import annotations

import subprocess
import sys

from tests.embedded.programs import ROOT

IMPORTS = "--imports 6 --rows 300 --pairs 2 --every 2"
SHORT = "--flips 200 --threads 4 --people 50 --seconds 5 --kills 1 --no-rest"


def test_killed_processes_and_an_emptied_queue_lose_and_double_nothing() -> None:
    survive("benchmarks.chaos", SHORT)


def test_imports_whose_workers_are_killed_lose_and_double_no_row() -> None:
    survive("benchmarks.chaos.imports", IMPORTS)


def survive(module: str, options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *options.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
