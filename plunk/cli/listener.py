"""The port `plunk up` listens on: taken before anything starts, kept while web processes come and go."""

from __future__ import annotations

import errno
import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def listening(host: str, port: int, *, patience: float = 0.0) -> Iterator[socket.socket]:
    """A listening socket, for children to inherit: requests wait in it while a web process is replaced.

    A port in use is waited for `patience` seconds. Raises `ClickException` with a sentence.
    """
    with _bound(host, port, time.monotonic() + patience) as listener:
        listener.listen(2048)
        yield listener


def url_of(listener: socket.socket) -> str:
    """What a person on this machine types into a browser."""
    host, port = _reachable(listener)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_healthy(listener: socket.socket) -> bool:
    """Whether the application behind the socket answers."""
    connection = http.client.HTTPConnection(*_reachable(listener), timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _bound(host: str, port: int, deadline: float) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError, UnicodeError):
        raise click.ClickException(f"HOST {host!r} and PORT {port} are not an address to listen on") from None
    while True:
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except (OSError, OverflowError) as problem:
            listener.close()
            code = getattr(problem, "errno", None)
            if code == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise click.ClickException(_refusal(host, port, code, str(problem))) from None
        return listener


def _refusal(host: str, port: int, code: int | None, text: str) -> str:
    if code == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Set PORT to a free one, or stop the program that uses it."
    if code == errno.EACCES:
        return f"Port {port} needs more rights than this account has. Set PORT to 1024 or more."
    return f"Cannot listen on {host}, port {port}: {text}. Set HOST and PORT to an address of this machine."


def _reachable(listener: socket.socket) -> tuple[str, int]:
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port
