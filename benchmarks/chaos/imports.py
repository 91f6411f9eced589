"""`python -m benchmarks.chaos.imports`: imports while workers are killed; then every row is accounted for."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import urllib3

from benchmarks.chaos import ending
from benchmarks.chaos.house import ENVIRONMENT, House, running
from benchmarks.chaos.import_files import File, mixed, opposite
from benchmarks.chaos.import_verdict import faults
from plunk.embedded.processes import end, spawn
from tests.embedded.programs import ROOT
from tests.receiver import receiving

ENDED_WITHIN = 1_800.0
MOST_SHOWN = 20
FLIPS_ABOVE = 95
STATIC = ("List", "Told list")
_PENDING = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'active')"
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass
class Run:
    """What is known of a run: `files` by the id of their import."""

    house: House
    second: int
    dice: random.Random
    ids: dict[str, str] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def call(self, method: str, path: str, body: Any = None, **form: Any) -> Any:
        """A call that must succeed."""
        headers = {"Authorization": f"Bearer {self.house.key}"}
        content: dict[str, Any] = {"fields": form} if form else {"json": body}
        url = f"http://127.0.0.1:{self.house.port}{path}"
        answer = urllib3.request(method, url, headers=headers, timeout=60.0, **content)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.data[:500]!r}")
        return answer.json()

    def send(self, file: File) -> None:
        """Starts an import."""
        form: dict[str, Any] = {
            "file": (f"{file.key}.csv", file.content),
            "mapping": json.dumps({"padding": None}),
        }
        if file.segment:
            form["segmentId"] = self.ids[file.segment]
        self.files[self.call("POST", "/contacts/import", **form)["jobId"]] = file

    def kill(self) -> None:
        """A work-horse of the bulk lane, or sometimes its worker; one that is at work."""
        family = self.house.family()
        workers = [
            pid
            for pid, parent, command in family.everybody
            if parent in (self.house.up, self.second) and "--lane bulk" in command
        ]
        horses = family.below(workers)
        kind, pids = ("work-horse", horses) if self.dice.random() < 0.8 else ("worker", workers)
        if horses:
            with suppress(ProcessLookupError):
                os.kill(self.dice.choice(pids), signal.SIGKILL)
                self.kills[kind] += 1

    def wait(self, pause: Callable[[], object]) -> None:
        """Until all imports have ended."""
        deadline = time.monotonic() + ENDED_WITHIN
        while time.monotonic() < deadline:
            pause()
            with self.house.connect() as connection:
                if connection.execute(_PENDING).fetchone() == (0,):
                    return


@click.command()
@click.option("--imports", default=50, show_default=True, help="Files of all kinds of rows.")
@click.option("--rows", default=5_000, show_default=True, help="Rows in each file.")
@click.option("--pairs", default=20, show_default=True, help="Pairs of files in opposite order, at once.")
@click.option("--every", default=3.0, show_default=True, help="Seconds between two kills, on average.")
@click.option("--seed", type=int, help="Of the dice. [default: another each time]")
@click.option("--keep", is_flag=True, help="Keep the folder even if all is well.")
def main(imports: int, rows: int, pairs: int, every: float, seed: int | None, keep: bool) -> None:
    """Import files about the same people while workers are killed, then account for every row.

    Starts all of plunk in a temporary folder, with a second worker for imports beside the first, a webhook, tracked and
    untracked segments. Workers of the bulk lane and their work-horses are killed until all imports have ended. Then
    pairs of files with the same addresses in opposite order are imported at once, without kills. Checked are: the five
    counts of each import, the rejected lines, every contact and its data, members, one message for each entry and
    exit, and that nothing waits.
    """
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="plunk-chaos-"))
    click.echo(f"seed {seed}")
    with receiving() as receiver, running(folder) as house, _second_worker(house) as second:
        run = Run(house, second, random.Random(seed))
        _set_up(run, receiver.url)
        began = time.monotonic()
        _mixed(run, imports, rows, every)
        mixed_seconds, deadlocks = time.monotonic() - began, _deadlocks(house)
        _opposite(run, pairs, rows)
        deadlocks = _deadlocks(house) - deadlocks
        quiet_seconds, waiting = ending.wait_until_quiet(house)
        with house.connect() as connection:
            found = [
                *waiting,
                *ending.wrong_members(house),
                *faults(connection, run.files, receiver.requests),
            ]
    kills = ", ".join(f"{number} × {kind}" for kind, number in run.kills.items())
    click.echo(f"imports   {imports} of {rows:,} rows in {mixed_seconds:.0f} s; killed: {kills}")
    click.echo(f"pairs     {pairs} in opposite order at once; {deadlocks} deadlocks inside the database")
    click.echo(f"messages  {len(receiver.requests):,} received; quiet after {quiet_seconds:.0f} s")
    click.echo(f"faults    {len(found)}")
    if found or keep:
        click.echo(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    for fault in found[:MOST_SHOWN]:
        click.echo(f"  {fault}", err=True)
    sys.exit(1 if found else 0)


@contextmanager
def _second_worker(house: House) -> Iterator[int]:
    """Another worker beside that of the house, whose children are started again when they are killed."""
    environment = {
        **os.environ,
        **ENVIRONMENT,
        "DATABASE_URL": house.settings.database_url,
        "REDIS_URL": house.settings.redis_url,
        "PLUNK_SECRET_KEY": house.settings.secret_key,
    }
    lanes = ["--lane", "bulk", "--lane", "webhooks"]
    with (house.log.parent / "second.log").open("wb") as output:
        worker = spawn(
            [sys.executable, "-m", "plunk", "worker", *lanes], env=environment, cwd=ROOT, output=output
        )
        try:
            yield worker.pid
        finally:
            end(worker, signal.SIGTERM, patience=60.0)


def _set_up(run: Run, receiver: str) -> None:
    for name, is_tracked in zip(STATIC, (False, True), strict=True):
        body = {"name": name, "type": "STATIC", "trackMembership": is_tracked}
        run.ids[name] = run.call("POST", "/segments", body)["id"]
    rules: list[dict[str, Any]] = [
        {"field": "data.shared", "operator": "greaterThan", "value": FLIPS_ABOVE},
        {"field": "data.i3", "operator": "exists"},
    ]
    for number, rule in enumerate(rules):
        condition = {"logic": "AND", "groups": [{"filters": [rule]}]}
        body = {"name": f"Rule {number}", "condition": condition, "trackMembership": True}
        run.call("POST", "/segments", body)
    run.call("POST", "/webhooks", {"url": receiver, "events": ["segment.*"]})


def _mixed(run: Run, imports: int, rows: int, every: float) -> None:
    people = [f"p{number}@example.com" for number in range(4 * rows)]
    for number in range(imports):
        segment = STATIC[number % 2] if number % 5 < 2 else ""
        run.send(mixed(number, rows, people, run.dice, segment=segment))

    def pause() -> None:
        time.sleep(run.dice.uniform(0, 2 * every))
        run.kill()

    run.wait(pause)


def _opposite(run: Run, pairs: int, rows: int) -> None:
    people = [f"o{number}@example.com" for number in range(rows)]
    for number in range(pairs):
        for file in opposite(number, people):
            run.send(file)
        run.wait(lambda: time.sleep(0.2))


def _deadlocks(house: House) -> int:
    with house.connect() as connection:
        row = connection.execute(_DEADLOCKS).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.chaos.imports")
