"""The API over a real connection, in the clothes of Flask's test client: `Api` cannot tell them apart."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.api import Api

PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    status_code: int
    json: Any


class LiveClient:
    """A request each time, on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    def open(
        self,
        path: str,
        *,
        method: str,
        headers: Mapping[str, str],
        json: Any = None,
        query_string: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Whatever the status is; raises OSError if there is no answer."""
        query = f"?{urlencode(query_string)}" if query_string else ""
        request = urllib.request.Request(self._url + path + query, _text(json), dict(headers), method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return Answer(response.status, _parsed(response.read()))
        except urllib.error.HTTPError as problem:
            with problem:
                return Answer(problem.code, _parsed(problem.read()))


def live_api(url: str, key: str) -> Api:
    """The API of a server, with a key."""
    return Api(LiveClient(url), key)  # type: ignore[arg-type]


def _text(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _parsed(content: bytes) -> Any:
    return json.loads(content) if content else None
