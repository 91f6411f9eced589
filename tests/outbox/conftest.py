"""An app whose plugins a test makes up, and a hand on the relay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from flask import Flask

from plunk.config import Settings
from plunk.jobs.forking import Pulse
from plunk.outbox.interest import listeners
from plunk.outbox.telling import Teller
from plunk.testing.api import Project
from plunk.testing.apps import own_app

Register = Callable[..., str]
Tellers = Callable[[str], Teller]


@pytest.fixture
def own(settings: Settings) -> Iterator[Flask]:
    """An app of this test's own, in its context."""
    with own_app(settings, handler_seconds=1) as app, app.app_context():
        yield app


@pytest.fixture
def register(own: Flask) -> Iterator[Register]:
    """Registers a plugin and answers its name, which no other test uses."""
    with registering(own) as register:
        yield register


@contextmanager
def registering(app: Flask) -> Iterator[Register]:
    def register(plugin: object, name: str = "plugin") -> str:
        name = f"{name}-{uuid4().hex[:8]}"
        app.extensions["plunk.plugins"].register(plugin, name=name)
        return name

    yield register


@pytest.fixture
def project_id(own: Flask, project: Project) -> UUID:
    return project.id


@pytest.fixture
def teller(own: Flask) -> Tellers:
    """What tells a listener in the relay, here in the test's own process."""
    return lambda name: Teller(name, listeners(own)[name], Pulse())
