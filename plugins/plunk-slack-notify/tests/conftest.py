"""The fixtures that plunk has for plugins, and something that takes messages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask

from plunk.config import Settings
from plunk.testing.apps import own_app

pytest_plugins = ["plunk.testing.fixtures"]


class Slack(ThreadingHTTPServer):
    """Keeps the messages it gets, and answers all of them with one status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/services/T0/B0/secret"
        self.messages: list[Any] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/json"
        self.server.messages.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"answer")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A server on loopback that takes Slack's messages."""
    with Slack() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def make_app(settings: Settings) -> Callable[[], AbstractContextManager[Flask]]:
    """`with make_app() as app:` an app that reads the environment as it is now, and may reach loopback."""
    return partial(own_app, settings, outbound_allow=(ip_network("127.0.0.0/8"),))
