"""An app that may reach this machine, and a receiver on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask
from sqlalchemy import text

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.webhooks import sender
from tests.api import Api
from tests.conftest import TestProject
from tests.live import own_app
from tests.receiver import Receiver, receiving
from tests.webhooks.facts import Facts


@pytest.fixture(scope="session")
def settings(settings: Settings) -> Settings:
    """The usual ones; loopback may be reached."""
    return replace(settings, outbound_allow=(ip_network("127.0.0.0/8"),))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    with own_app(settings) as app:
        yield app


@pytest.fixture(autouse=True)
def nothing_left(app: Flask) -> None:
    """Senders look at all projects: what other tests left pending would be sent, too."""
    with app.app_context(), transaction():
        db.session.execute(text("TRUNCATE webhook_endpoints, webhook_deliveries"))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more will come: no run waits for it."""
    monkeypatch.setattr(sender, "LINGER_SECONDS", 0.0)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def facts(context: None, project: TestProject) -> Facts:
    """Tells what happened, as the relay does. The test then has an app context."""
    return Facts(project.id)


@pytest.fixture
def hook(api: Api, receiver: Receiver) -> dict:
    """A webhook for everything, at the receiver."""
    return make_hook(api, receiver)


def make_hook(api: Api, receiver: Receiver, path: str = "/hook", **fields: object) -> dict:
    response = api.post("/webhooks", {"url": receiver.url + path, "events": ["*"], **fields})
    assert response.status_code == 201, response.json
    return response.json
