"""A client that does not give up: it asks again when a connection breaks or the database was out of reach."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 60.0
PAUSE = 0.2
TIMEOUT = 15.0


@dataclass
class Tally:
    """What clients saw, all of them together."""

    answers: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answered(self, status: int, seconds: float) -> None:
        with self._lock:
            self.answers[status] += 1
            self.slowest = max(self.slowest, seconds)

    def broke(self) -> None:
        with self._lock:
            self.broken += 1

    def complain(self, what: str) -> None:
        with self._lock:
            self.faults.append(what)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


class Client:
    """One connection, used by one thread."""

    def __init__(self, port: int, key: str, tally: Tally) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None
        self.tally = tally

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Asks until there is an answer that is not 503. The call may have been obeyed more than once."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._try(method, path, body, headers)
            if answer and answer.status != 503:
                if answer.status == 500:
                    self.tally.complain(f"{method} {path}: {answer.body}")
                return answer
            if time.monotonic() > deadline:
                self.tally.complain(
                    f"{method} {path}: no answer within {PATIENCE:.0f} s, the last was {answer}"
                )
                return answer or Answer(0, None)
            time.sleep(PAUSE)

    def _try(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer | None:
        began = time.monotonic()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
            text = None if body is None else json.dumps(body)
            self._connection.request(method, path, text, {**self._headers, **headers})
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._hang_up()
            self.tally.broke()
            return None
        self.tally.answered(response.status, time.monotonic() - began)
        return Answer(response.status, json.loads(content) if content else None)

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
