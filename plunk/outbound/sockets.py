"""Connections to checked addresses, whose every step ends with the deadline."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Sequence

from plunk.outbound.deadline import Deadline
from plunk.outbound.resolving import Place

MOST_TRIED = 4
"""Addresses of one name that are tried. Each gets its share of the time, so that one black hole does not use it up."""


class TooMuch(OSError):
    """The other side sent more than is taken in."""


def connect(places: Sequence[Place], deadline: Deadline) -> socket.socket:
    """A connection to the first place that takes one; raises what the last one raised, an OSError."""
    tried = places[:MOST_TRIED]
    failure = OSError(0, "there is none")
    for position, place in enumerate(tried):
        try:
            return _connected(place, deadline.left() / (len(tried) - position))
        except OSError as problem:
            failure = problem
    raise failure


def secured(plain: socket.socket, host: str, *, context: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    """TLS over a connection, with a certificate of `host`. Closes it and raises an OSError if that cannot be."""
    try:
        plain.settimeout(deadline.left())
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


class TimedSocket:
    """What an HTTP client needs of a socket. The deadline holds for all calls together, not for each of them: a
    socket's own time-out begins anew with every byte that trickles in.

    After `most` received bytes reading raises `TooMuch`. Closing is left to whoever opened the socket, because HTTP
    clients close it before the body is read.
    """

    def __init__(self, opened: socket.socket, deadline: Deadline, *, most: int) -> None:
        self._socket = opened
        self._deadline = deadline
        self._left = most

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(self._deadline.left())
            rest = rest[self._socket.send(rest) :]

    def receive_into(self, buffer: memoryview) -> int:
        """The number of bytes received; nought at the end."""
        if self._left <= 0:
            raise TooMuch("the answer is too large")
        self._socket.settimeout(self._deadline.left())
        count = self._socket.recv_into(buffer[: self._left])
        self._left -= count
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def settimeout(self, seconds: float | None) -> None:
        """The deadline decides."""

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def close(self) -> None:
        """See above."""


class _Incoming(io.RawIOBase):
    def __init__(self, source: TimedSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._source.receive_into(memoryview(buffer))


def _connected(place: Place, seconds: float) -> socket.socket:
    opened = socket.socket(place.family, socket.SOCK_STREAM)
    try:
        opened.settimeout(seconds)
        opened.connect(place.socket_address)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        opened.close()
        raise
    return opened
