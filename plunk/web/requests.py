"""What happens around every request: its id, its log line, its CORS headers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request
from uuid_utils import uuid7

from plunk.errors import NotFound

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
QUIET = ("/healthz", "/readyz")
"""Paths that machines ask for every few seconds."""

_CORS = "_plunk_cors"
_CHUNK = 64 * 1024
_HEAR_OUT_BYTES = 64 * 1024 * 1024
_HEAR_OUT_SECONDS = 5.0
View = TypeVar("View", bound=Callable[..., Any])
log = structlog.get_logger("plunk.web")


def init_app(app: Flask) -> None:
    """Registers the first and the last thing of every request."""
    app.before_request(_begin)
    app.after_request(_end)


def open_to_web_pages(view: View) -> View:
    """Browsers of any origin may call this, without credentials."""
    setattr(view, _CORS, True)
    return view


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _ID.fullmatch(given) else str(uuid7())
    g.began_at = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if "\x00" in request.path:
        raise NotFound("Nothing has a name with the character U+0000")


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    if response.status_code >= 400:
        _hear_out()
    if _is_open_to_web_pages():
        _allow_any_origin(response)
    milliseconds = round((time.perf_counter() - g.began_at) * 1000, 1)
    write = log.debug if request.path in QUIET else log.info
    # An address in a path would put people into the log, a token a way in.
    is_private = not {"email", "token"}.isdisjoint(request.view_args or {})
    path = str(request.url_rule) if is_private else request.path
    write("request", method=request.method, path=path, status=response.status_code, ms=milliseconds)
    structlog.contextvars.clear_contextvars()
    return response


def _hear_out() -> None:
    """Reads what is left of a refused body: a client that still sends when the connection closes meets a broken
    pipe and never reads the answer. Bounded, for whoever sends without end."""
    until = time.monotonic() + _HEAR_OUT_SECONDS
    left = _HEAR_OUT_BYTES
    try:
        while left > 0 and time.monotonic() < until and (some := request.stream.read(_CHUNK)):
            left -= len(some)
    except Exception as problem:  # Each web server has its own for a client that is gone.
        log.debug("the rest of a body could not be read", problem=repr(problem))


def _is_open_to_web_pages() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, _CORS, False)


def _allow_any_origin(response: Response) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
        response.headers["Access-Control-Max-Age"] = "86400"
