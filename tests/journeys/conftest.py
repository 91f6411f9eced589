"""A real web server, as `plunk up` starts it, on the database and the queue of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plunk.config import Settings
from tests.embedded.programs import ROOT
from tests.journeys.processes import web
from tests.receiver import Receiver, receiving

__all__ = ["ROOT"]


@pytest.fixture(scope="session")
def live_url(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of gunicorn with two workers."""
    with web(settings, tmp_path_factory.mktemp("web") / "gunicorn.log") as url:
        yield url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks go."""
    with receiving() as receiver:
        yield receiver
