"""All of plunk in a folder of its own, as `plunk up` runs it, and who runs in it."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import psycopg

from benchmarks.stage import address
from plunk.config import Settings
from plunk.embedded.home import Home
from plunk.embedded.processes import end, spawn
from plunk.embedded.servers import addressed
from tests.embedded.programs import ROOT, processes

UP_WITHIN = 120.0
OURS = ("DATABASE_URL", "REDIS_URL", "HOST", "PYTHONWARNINGS")
# Leases so short that what a killed process had is taken up again while we wait.
ENVIRONMENT = {
    "PORT": "0",
    "PLUNK_OUTBOUND_ALLOW": "127.0.0.0/8",
    "PLUNK_HANDLER_SECONDS": "3",
    "PLUNK_WEBHOOK_LEASE_SECONDS": "10",
    "PLUNK_LOG_LEVEL": "warning",
}
_ADDRESS = re.compile(r"answers at http://127\.0\.0\.1:(\d+)")
_KEY = re.compile(r"secret key +(sk_\S+)")


@dataclass(frozen=True)
class House:
    """`up` is the process that holds all others. `settings` have the addresses of its servers."""

    up: int
    port: int
    key: str
    settings: Settings
    log: Path

    def connect(self) -> psycopg.Connection[Any]:
        """A session that nobody kills."""
        return psycopg.connect(address(self.settings), autocommit=True, application_name="chaos")

    def family(self) -> Family:
        """Who runs at this moment."""
        return Family(self.up, list(processes()))


@dataclass(frozen=True)
class Family:
    """Processes as `(id, parent's id, command line)`, and among them those that `up` began."""

    up: int
    everybody: list[tuple[int, int, str]] = field(repr=False)

    def children(self, parent: int) -> list[int]:
        return [pid for pid, of, _ in self.everybody if of == parent]

    def named(self, text: str) -> list[int]:
        """Children of `up` whose command line holds the text."""
        return [pid for pid, of, command in self.everybody if of == self.up and text in command]

    def below(self, parents: list[int]) -> list[int]:
        """Their children, and the children of these."""
        found = [child for parent in parents for child in self.children(parent)]
        return [*found, *self.below(found)] if found else []


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """Starts plunk with an empty database in `folder`; all of it has ended afterwards."""
    home, log = folder / "home", folder / "plunk.log"
    kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    with log.open("wb") as output:
        process = spawn(
            [sys.executable, "-m", "plunk", "up"],
            env={
                **kept,
                **ENVIRONMENT,
                "PLUNK_HOME": str(home),
                "PLUNK_DISABLED_PLUGINS": ",".join(each.name for each in entry_points(group="plunk")),
                "PYTHONUNBUFFERED": "1",
            },
            cwd=ROOT,
            output=output,
        )
    try:
        port = int(_wait_for(_ADDRESS, log))
        settings = Settings.from_environment({}, home=home, log_level="warning")
        key = _wait_for(_KEY, log)
        yield House(process.pid, port, key, addressed(settings, Home(home)), log)
    finally:
        end(process, signal.SIGTERM, patience=60.0)


def _is_ours(name: str) -> bool:
    return name in OURS or name.startswith("PLUNK_")


def _wait_for(pattern: re.Pattern[str], log: Path) -> str:
    deadline = time.monotonic() + UP_WITHIN
    while not (found := pattern.search(log.read_text(errors="replace"))):
        if time.monotonic() > deadline:
            raise click.ClickException(f"plunk does not come up. See {log}.")
        time.sleep(0.1)
    return found[1]
