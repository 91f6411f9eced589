"""What goes on when the queue or the database is out of reach."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from plunk.accounts.service import create_project
from plunk.config import Settings
from plunk.db import migrate
from plunk.db.session import transaction
from plunk.embedded.home import Home
from plunk.embedded.servers import EmbeddedServers
from tests.api import Api
from tests.conftest import TestProject
from tests.live import eventually, own_app
from tests.web.envelope import error_of

RULE = {"field": "data.plan", "operator": "equals", "value": "pro"}


@pytest.fixture
def queueless(settings: Settings) -> Iterator[Flask]:
    """An app whose queue is out of reach."""
    with own_app(settings, redis_url="unix:///nowhere/valkey.sock") as app:
        yield app


def test_without_the_queue_contacts_track_and_segments_go_on(queueless: Flask, project: TestProject) -> None:
    api = Api(queueless.test_client(), project.secret_key)
    contact = api.contact("a@example.com", data={"plan": "pro", "old": 1})
    api.track("a@example.com", "bought")
    segment = api.segment("Pros", RULE)
    assert api.members(segment) == {"a@example.com"}
    assert api.get("/segments").json[0]["memberCount"] == 1
    for path in ("/contacts", "/contacts/fields", "/events", "/events/stats", f"/contacts/{contact['id']}"):
        assert api.get(path).status_code == 200
    began = time.monotonic()
    job = api.delete("/contacts/fields/old")
    assert job.status_code == 202
    assert api.get(f"/jobs/{job.json['jobId']}").json["state"] == "queued"
    assert time.monotonic() - began < 20


def test_without_the_queue_readyz_says_so_and_stays_200(queueless: Flask) -> None:
    response = queueless.test_client().get("/readyz")
    assert response.status_code == 200
    checks = response.json["checks"]
    assert (checks["database"], checks["schema"]) == ("ok", "ok")
    assert checks["queue"] != "ok"
    assert response.json["status"] == "degraded"


def test_with_everything_well_readyz_says_ok(app: Flask) -> None:
    response = app.test_client().get("/readyz")
    assert (response.status_code, response.json["status"]) == (200, "ok")
    assert set(response.json["checks"].values()) == {"ok"}


def test_without_the_database_every_call_is_503(settings: Settings, tmp_path: Path) -> None:
    nowhere = f"postgresql://plunk@/plunk?host={tmp_path}"
    with own_app(settings, database_url=nowhere) as app:
        api = Api(app.test_client(), "sk_" + "a" * 43)
        for response in (api.get("/contacts"), api.post("/v1/track", {"email": "a@x.de", "event": "e"})):
            error_of(response, 503, "SERVICE_UNAVAILABLE")
            assert int(response.headers["Retry-After"]) >= 1
        assert api.get("/healthz").status_code == 200
        ready = api.get("/readyz")
        assert ready.status_code == 503
        assert error_of(ready, 503, "SERVICE_UNAVAILABLE")["details"]["checks"]["database"] != "ok"


def test_a_database_without_tables_is_not_ready(settings: Settings) -> None:
    empty = make_url(settings.database_url).set(database="postgres").render_as_string(hide_password=False)
    with own_app(settings, database_url=empty) as app:
        response = app.test_client().get("/readyz")
        assert response.status_code == 503
        assert "plunk db upgrade" in response.json["error"]["details"]["checks"]["schema"]


@pytest.fixture
def house(tmp_path: Path, settings: Settings) -> Iterator[EmbeddedServers]:
    """A database of this test's own, that it may stop."""
    home = Home(tmp_path / "home")
    home.take("a test", stays=True, beside=lambda: False)
    servers = EmbeddedServers(home, Settings(home=home.folder, redis_url=settings.redis_url), durable=False)
    servers.start()
    try:
        migrate.upgrade(servers.settings)
        yield servers
    finally:
        servers.stop()
        home.release()


def test_a_database_that_restarts_under_load_costs_503_for_a_while_and_nothing_else(
    house: EmbeddedServers,
) -> None:
    with own_app(house.settings, pool_size=10) as app:
        with app.app_context(), transaction():
            key = create_project("Restarted").secret_key
        is_over = threading.Event()
        acknowledged: list[str] = []

        def load(writer: int) -> Counter[int]:
            api, statuses, n = Api(app.test_client(), key), Counter[int](), 0
            while not is_over.is_set():
                email = f"{writer}.{n}@example.com"
                response = api.post("/v1/track", {"email": email, "event": "e", "data": {"n": n}})
                statuses[response.status_code] += 1
                if response.status_code == 200:
                    acknowledged.append(email)
                    n += 1
                else:
                    must_be_a_pause(response)
                    is_over.wait(0.05)
            return statuses

        results: list[Counter[int]] = []
        writers = [threading.Thread(target=lambda w=w: results.append(load(w))) for w in range(4)]
        for writer in writers:
            writer.start()
        try:
            restart(house, acknowledged)
        finally:
            is_over.set()
            for writer in writers:
                writer.join()

        statuses = sum(results, Counter())
        assert set(statuses) == {200, 503}
        api = Api(app.test_client(), key)
        assert api.get("/contacts").json["total"] == len(acknowledged), "nothing lost, nothing half-written"
        assert api.get("/events/stats").json == [{"name": "e", "count": len(acknowledged)}]


def restart(house: EmbeddedServers, acknowledged: list[str]) -> None:
    """In the test's own thread: a server ends with the thread that started it."""
    (database,) = house.all
    eventually(lambda: len(acknowledged) > 50)
    database.stop()
    before = len(acknowledged)
    database.start()
    eventually(lambda: len(acknowledged) > before + 50)


def must_be_a_pause(response: TestResponse) -> None:
    error_of(response, 503, "SERVICE_UNAVAILABLE")
    assert int(response.headers["Retry-After"]) >= 1
