"""Real servers for all tests: one PostgreSQL and one Valkey a run, one database a process, one project a test.

Tenancy keeps tests apart: each gets a project of its own and commits for real, so that threads, workers and a
web server on the side see what it does.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from plunk.accounts.service import create_project
from plunk.app import close, create_app
from plunk.config import Settings
from plunk.db import migrate
from plunk.db.session import transaction
from plunk.embedded.servers import servers
from tests.api import Api

_stack = contextlib.ExitStack()
_TEMPLATE = "template_for_tests"


@dataclass(frozen=True)
class TestProject:
    """A project with its keys."""

    __test__ = False

    id: Any
    secret_key: str
    public_key: str


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts first starts the servers; xdist's workers are told where they are."""
    if hasattr(config, "workerinput"):
        config.plunk_urls = config.workerinput["plunk_urls"]
        return
    home = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="plunk tests ")))
    settings = _stack.enter_context(
        servers(Settings(home=home / "home"), command="tests", stays=True, durable=False)
    )
    config.plunk_urls = [settings.database_url, settings.redis_url]
    with _admin(settings.database_url) as connection:
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    migrate.upgrade(replace(settings, database_url=_named(settings.database_url, _TEMPLATE)))


def pytest_unconfigure(config: pytest.Config) -> None:
    _stack.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["plunk_urls"] = node.config.plunk_urls


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings on a fresh database of this process, and on a queue of its own."""
    database_url, redis_url = request.config.plunk_urls
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    name = f"tests_{worker}"
    with _admin(database_url) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    queue = f"{redis_url}?db={int(worker.removeprefix('gw')) % 16}"
    return Settings(
        database_url=_named(database_url, name), redis_url=queue, pool_size=30, log_level="warning"
    )


@pytest.fixture(scope="session")
def database_url(settings: Settings) -> str:
    return settings.database_url


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The app that most tests share."""
    app = create_app(settings)
    yield app
    close(app)


@pytest.fixture
def project(app: Flask) -> TestProject:
    """A project of this test's own."""
    with app.app_context(), transaction():
        made = create_project("Tests")
    return TestProject(made.id, made.secret_key, made.public_key)


@pytest.fixture
def api(app: Flask, project: TestProject) -> Api:
    """The API with a secret key."""
    return Api(app.test_client(), project.secret_key)


@pytest.fixture
def public_api(app: Flask, project: TestProject) -> Api:
    """The API with a public key of the same project."""
    return Api(app.test_client(), project.public_key)


@pytest.fixture
def other_api(app: Flask) -> Api:
    """The API with a secret key of another project."""
    with app.app_context(), transaction():
        made = create_project("Others")
    return Api(app.test_client(), made.secret_key)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An app context, for tests of services."""
    with app.app_context():
        yield


@contextlib.contextmanager
def _admin(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(database_url)
    place = {"host": url.query["host"], "user": url.username, "dbname": url.database}
    with psycopg.connect(**place, autocommit=True) as connection:
        yield connection


def _named(database_url: str, name: str) -> str:
    return make_url(database_url).set(database=name).render_as_string(hide_password=False)
