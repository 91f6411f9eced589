"""What runs beside the web processes, as `plunk up` runs it: workers and the scheduler."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.stage import Stage, address
from plunk.embedded.processes import end, spawn

LOOPBACK = "127.0.0.0/8"
SCHEDULER, FACTS, WEBHOOKS = ("scheduler",), ("worker", "--lane", "facts"), ("worker", "--lane", "webhooks")


def environment(stage: Stage) -> dict[str, str]:
    """With the settings everybody gets: those of this terminal must not change the figures. Webhooks may reach us."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUNK_")}
    urls = {"DATABASE_URL": stage.settings.database_url, "REDIS_URL": stage.settings.redis_url}
    plunk = {
        "PLUNK_HOME": str(stage.settings.home),
        "PLUNK_SECRET_KEY": stage.settings.secret_key,
        "PLUNK_DISABLED_PLUGINS": ",".join(stage.settings.disabled_plugins),
        "PLUNK_OUTBOUND_ALLOW": LOOPBACK,
    }
    return {**kept, **urls, **plunk, "FLOOR_DATABASE": address(stage.settings)}


@contextmanager
def beside(stage: Stage, *commands: tuple[str, ...]) -> Iterator[None]:
    """Runs `plunk` with each of these command lines until the end of the block."""
    with ExitStack() as until_the_end:
        for command in commands:
            log = stage.settings.home / "log" / f"benchmark-{command[-1]}.log"
            output = until_the_end.enter_context(log.open("wb"))
            process = spawn(
                [sys.executable, "-m", "plunk", *command],
                env=environment(stage),
                output=output,
                dies_with=signal.SIGKILL if command[0] == "worker" else signal.SIGTERM,
            )
            until_the_end.callback(end, process, signal.SIGTERM, patience=20.0)
        yield
