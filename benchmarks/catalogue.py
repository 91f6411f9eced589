"""The catalogues over HTTP, against the cheapest answer there is: they must cost the same at any size."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator

import click

from benchmarks.measuring import Row, in_turns, row
from benchmarks.stage import Stage
from benchmarks.web import OURS, serving
from plunk.accounts.keys import create_key, revoke_key
from plunk.db.session import transaction

AIM = 10.0
"""The same order of magnitude."""
PATHS = ("/contacts/fields", "/segments/vocabulary")


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """A row for each path, one keep-alive connection for all."""
    with transaction():
        key = create_key(stage.project_id, "secret", name="benchmarks")
    with serving(stage, OURS) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def get(path: str) -> Callable[[], None]:
            def run() -> None:
                connection.request("GET", path, headers={"Authorization": f"Bearer {key.key}"})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise click.ClickException(f"GET {path}: {response.status}")

            return run

        for path in PATHS:
            taken = in_turns({"floor": get("/healthz"), "ours": get(path)})
            yield row("catalogue", f"GET {path}", taken, aim=AIM)
        connection.close()
    with transaction():
        revoke_key(key.id)
