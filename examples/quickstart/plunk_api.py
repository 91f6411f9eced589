"""Plunk over HTTP, with the standard library alone: JSON in, JSON out, trouble as a sentence with its remedy."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


class Trouble(Exception):
    """Something a person has to mend; the text says what to do."""


class Refused(Trouble):
    """Plunk refused a request: what it said."""


@dataclass(frozen=True)
class Api:
    """Plunk over HTTP. Requests go straight to it, past any proxy, and wait when plunk asks for a moment."""

    url: str
    key: str

    def check(self) -> None:
        """Raises Trouble unless plunk answers and knows the key."""
        if not self.url.startswith(("http://", "https://")):
            raise Trouble(f"--url wants an address such as http://127.0.0.1:8000, not {self.url!r}")
        if not self.key.isascii():
            raise Trouble("--key wants a key as plunk printed it, sk_… and 43 more characters")
        self.call("GET", "/segments")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; raises Trouble."""
        for attempt in range(6):
            try:
                return self._send(method, path, body)
            except urllib.error.HTTPError as answer:
                if answer.code not in (429, 503) or attempt == 5:
                    raise self._trouble(answer, f"{method} {path}") from None
                # Neither wrote anything, so asking again is safe.
                time.sleep(min(float(answer.headers.get("Retry-After") or 1), 10))
            except (OSError, ValueError) as problem:
                reason = getattr(problem, "reason", problem)
                raise Trouble(
                    f"plunk does not answer at {self.url} ({reason}). Start it with `make run`, "
                    "or name its address with --url."
                ) from None
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            self.url.rstrip("/") + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with DIRECT.open(request, timeout=60) as answer:
            return json.load(answer)

    def _trouble(self, answer: urllib.error.HTTPError, what: str) -> Trouble:
        try:
            told = json.load(answer)["error"]
        except (ValueError, KeyError, TypeError):
            return Trouble(f"{what} was answered with {answer.code}. Is it plunk that answers at {self.url}?")
        if answer.code == 401:
            return Trouble(
                f"{told['message']}. Give --key a secret key (sk_…): the first start of plunk prints one, "
                "`plunk key create` makes another."
            )
        if answer.code == 404:
            return Trouble(f"There is no {what} at {self.url}. --url wants plunk's address without a path.")
        details = "; ".join(f"{each['field']}: {each['message']}" for each in told.get("errors", []))
        return Refused(f"{what} was refused: {told['message']}{': ' if details else ''}{details}")


DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
