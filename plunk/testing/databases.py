"""PostgreSQL and Valkey for a run of tests: started once, with one fresh database a process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from plunk.config import Settings
from plunk.db import migrate
from plunk.embedded.servers import servers

_TEMPLATE = "template_for_tests"


@contextmanager
def started() -> Iterator[tuple[str, str]]:
    """The addresses of a database server with a template in it, and of a queue; both are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="plunk tests ") as folder:
        home = Settings(home=Path(folder) / "home")
        with servers(home, command="tests", stays=True, durable=False) as settings:
            with _admin(settings.database_url) as connection:
                connection.execute(f"CREATE DATABASE {_TEMPLATE}")
            migrate.upgrade(replace(settings, database_url=_named(settings.database_url, _TEMPLATE)))
            yield settings.database_url, settings.redis_url


def fresh(addresses: tuple[str, str], process: int) -> tuple[str, str]:
    """The addresses of a new database, and of a queue of its own, for that process of the run."""
    database_url, redis_url = addresses
    name = f"tests_{process}"
    with _admin(database_url) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return _named(database_url, name), f"{redis_url}?db={process % 16}"


@contextmanager
def _admin(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(database_url)
    with psycopg.connect(
        host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True
    ) as connection:
        yield connection


def _named(database_url: str, name: str) -> str:
    return make_url(database_url).set(database=name).render_as_string(hide_password=False)
