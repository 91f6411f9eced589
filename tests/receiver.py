"""A real HTTP server on loopback that takes webhooks: it remembers what came and answers as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One request. Names of headers are in lower case; `at` is by the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> dict[str, Any]:
        """What the public library says of the signature: the payload, or WebhookVerificationError."""
        return Webhook(secret).verify(self.body, dict(self.headers))


@dataclass(frozen=True)
class Reply:
    """How to answer, `delay` seconds later. One that `hangs` comes when the receiver is closed, which is never."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    hangs: bool = False


class Receiver:
    """`answer` decides on the reply; the default takes everything."""

    def __init__(self, address: str) -> None:
        self.url = address
        self.requests: list[Received] = []
        self.answer: Callable[[Received], Reply] = lambda request: Reply()
        self.closing = threading.Event()
        self.most_at_once: dict[str, int] = {}
        self._now: dict[str, int] = {}
        self._lock = threading.Lock()

    def replies(self, *replies: Reply | int) -> None:
        """Answers with these, one after the other, and with the last one from then on."""
        waiting = [Reply(each) if isinstance(each, int) else each for each in replies]
        lock = threading.Lock()

        def answer(request: Received) -> Reply:
            with lock:
                return waiting.pop(0) if len(waiting) > 1 else waiting[0]

        self.answer = answer

    def at(self, path: str) -> list[Received]:
        """What came to a path."""
        return [request for request in self.requests if request.path == path]

    @property
    def ids(self) -> list[str]:
        return [request.id for request in self.requests]

    def take(self, request: Received) -> Reply:
        """The reply to a request. Until it is ready the request counts as being here; not while it is sent, for the
        sender may have read it and be back before this thread goes on."""
        with self._lock:
            self.requests.append(request)
            here = self._now[request.path] = self._now.get(request.path, 0) + 1
            self.most_at_once[request.path] = max(here, self.most_at_once.get(request.path, 0))
        try:
            reply = self.answer(request)
            if reply.hangs or reply.delay:
                self.closing.wait(None if reply.hangs else reply.delay)
            return reply
        finally:
            with self._lock:
                self._now[request.path] -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.path, headers, body, time.monotonic())
        reply = self.server.receiver.take(request)
        with suppress(OSError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at a port of its own."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
