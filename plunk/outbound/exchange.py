"""One HTTP request and its answer over a connection that is open already."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from plunk.outbound.sockets import TimedSocket
from plunk.outbound.urls import Target

MOST_BODY = 64 * 1024
MOST_RECEIVED = MOST_BODY + 192 * 1024
"""Bytes of a whole answer: headers, and the framing of a body in chunks, have no other limit worth the name."""

FAILURES = (OSError, HTTPException, HTTPError, ValueError)
"""What `post` raises when there is no answer. ValueError comes of lengths that are none."""

_BLOCK = 8 * 1024
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OURS = frozenset(
    "accept-encoding connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding "
    "upgrade".split()
)

# It warns of odd headers in answers and repeats the URL, which may hold a secret.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises ValueError for what cannot be sent as a header, or would change where a request ends."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"the header {name!r} cannot be set")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the header {name} holds characters that cannot be sent")


def post(
    over: TimedSocket, target: Target, *, body: bytes, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by name in lower case, and body as it was sent, cut to 64 KiB. Raises one of `FAILURES`."""
    connection = HTTPConnection(target.host, target.port)
    connection.sock = over
    # A server that refuses a request before it has read it all hangs up; its answer is there all the same.
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.request(
            "POST",
            target.path,
            body=body,
            headers=_complete(headers, target),
            preload_content=False,
            decode_content=False,
            enforce_content_length=False,
        )
    response = connection.getresponse()
    received = {name.lower(): response.headers[name] for name in response.headers}
    return response.status, received, _beginning(response)


def _complete(headers: Mapping[str, str], target: Target) -> dict[str, str]:
    """No compression, so that a small answer is small; no second request on this connection."""
    agent = {} if any(name.lower() == "user-agent" for name in headers) else {"User-Agent": "plunk"}
    ours = {"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close"}
    return {**agent, **headers, **ours}


def _beginning(response: BaseHTTPResponse) -> bytes:
    """What came of the body. The status is the answer: a body that breaks off does not take it back."""
    body = bytearray()
    with suppress(*FAILURES):
        while len(body) < MOST_BODY and (block := response.read(_BLOCK)):
            body += block
    # The standard library may return more than it was asked for: it believes in chunks of negative length.
    return bytes(body[:MOST_BODY])
