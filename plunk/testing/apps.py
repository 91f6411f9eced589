"""Apps of a test's own, made as `plunk up` makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from plunk.accounts.service import create_project
from plunk.app import close, create_app
from plunk.config import Settings
from plunk.db.session import transaction
from plunk.testing.api import Project


@contextmanager
def own_app(settings: Settings, **changes: Any) -> Iterator[Flask]:
    """An app with some settings changed. What plugins read from the environment must be set before."""
    app = create_app(replace(settings, **changes))
    try:
        yield app
    finally:
        close(app)


def new_project(app: Flask, name: str = "Tests") -> Project:
    """A project that nobody else uses, so that tests need not tidy up."""
    with app.app_context(), transaction():
        made = create_project(name)
    return Project(made.id, made.secret_key, made.public_key)
