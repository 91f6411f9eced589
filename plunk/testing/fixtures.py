"""Fixtures on real servers, for `pytest_plugins = ["plunk.testing.fixtures"]` in a conftest.py.

One PostgreSQL and one Valkey a run, one database a process, one project a test. Tenancy keeps tests apart: each gets
a project of its own and commits for real, so that threads, workers and a web server on the side see what it does.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask

from plunk.config import Settings
from plunk.testing import databases
from plunk.testing.api import Api, Project
from plunk.testing.apps import new_project, own_app
from plunk.testing.operators import check_operator

_ADDRESSES = pytest.StashKey[tuple[str, str]]()
_SERVERS = pytest.StashKey[contextlib.ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts first starts the servers; xdist's workers are told where they are."""
    if told := getattr(config, "workerinput", None):
        config.stash[_ADDRESSES] = tuple(told["plunk_addresses"])
        return
    stack = config.stash[_SERVERS] = contextlib.ExitStack()
    config.stash[_ADDRESSES] = stack.enter_context(databases.started())


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash.get(_SERVERS, contextlib.ExitStack()).close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["plunk_addresses"] = list(node.config.stash[_ADDRESSES])


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings on a fresh database of this process, and on a queue of its own."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    database_url, redis_url = databases.fresh(request.config.stash[_ADDRESSES], process)
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        secret_key="known-to-everybody-and-for-tests-only",
        pool_size=30,
        log_level="warning",
    )


@pytest.fixture(scope="session")
def database_url(settings: Settings) -> str:
    """The address of this process's database."""
    return settings.database_url


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The app that most tests share, with every installed plugin."""
    with own_app(settings) as app:
        yield app


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An app context, for tests of services."""
    with app.app_context():
        yield


@pytest.fixture
def project(app: Flask) -> Project:
    """A project of this test's own."""
    return new_project(app)


@pytest.fixture
def api(app: Flask, project: Project) -> Api:
    """The API with a secret key."""
    return Api(app.test_client(), project.secret_key)


@pytest.fixture
def public_api(app: Flask, project: Project) -> Api:
    """The API with a public key of the same project."""
    return Api(app.test_client(), project.public_key)


@pytest.fixture
def other_api(app: Flask) -> Api:
    """The API with a secret key of another project."""
    return Api(app.test_client(), new_project(app, "Others").secret_key)


@pytest.fixture(name="check_operator")
def _check_operator(app: Flask) -> Callable[..., None]:
    """`check_operator(IsLong(), matching=[…], others=[…])`: see `plunk.testing.operators`."""
    return partial(check_operator, app)
