"""Posts to servers of strangers: checks where a URL leads, connects to what was checked, and reads little."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network

from plunk.config import settings
from plunk.outbound import exchange
from plunk.outbound.addresses import Address, Network, may_be_reached
from plunk.outbound.deadline import Deadline
from plunk.outbound.errors import BadUrl, Undeliverable
from plunk.outbound.resolving import Place, literal, resolve
from plunk.outbound.sockets import TimedSocket, TooMuch, connect, secured
from plunk.outbound.urls import Target, read_url

TIMEOUT = 15.0
_REMEDY = "The operator of this server can allow it with PLUNK_OUTBOUND_ALLOW"
_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))


@dataclass(frozen=True)
class Answer:
    """What a server answered, a redirect or an error included. Names of `headers` are in lower case.

    `body` is as it was sent, not decompressed, and at most 64 KiB. When it breaks off, or takes too long, some of it
    is missing; the status stands.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Client:
    """Reaches public addresses and those inside `allow`. Keeps no connection; threads may share it.

    `trust` takes the place of the certificate authorities of the system.
    """

    def __init__(self, allow: Iterable[Network | str] = (), *, trust: ssl.SSLContext | None = None) -> None:
        self._allowed = tuple(ip_network(each) for each in allow)
        self._trust = trust

    def check_url(self, url: str) -> None:
        """Raises `BadUrl` for what can be refused without asking anybody: the shape, the port, a literal address."""
        self._target(url)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str], timeout: float = TIMEOUT) -> Answer:
        """Sends one request and returns the answer to it, `timeout` seconds later at most.

        The name is resolved once, and refused unless all its addresses may be reached. Redirects are not followed;
        proxies of the environment, cookies and earlier connections are not used. Raises `Undeliverable` when there is
        no answer, and ValueError for headers that would break the request.
        """
        exchange.check_headers(headers)
        deadline = Deadline(timeout)
        try:
            target = self._target(url)
        except BadUrl as problem:
            raise Undeliverable(problem.message, is_permanent=True) from problem
        places = self._places(target, deadline)
        with closing(self._connection(target, places, deadline)) as opened:
            over = TimedSocket(opened, deadline, most=exchange.MOST_RECEIVED)
            try:
                status, received, content = exchange.post(over, target, body=body, headers=headers)
            except exchange.FAILURES as problem:
                raise Undeliverable(f"No answer from {target.host}: {_reason(problem)}") from problem
        return Answer(status, received, content, deadline.elapsed)

    def _target(self, url: str) -> Target:
        target = read_url(url)
        if _literals(target) and not self._known_places(target):
            raise BadUrl(f"{target.host} is not a public address. {_REMEDY}")
        return target

    def _places(self, target: Target, deadline: Deadline) -> list[Place]:
        """Where the target is. One bad address among several is enough to refuse a name: who owns it chooses."""
        if known := self._known_places(target):
            return known
        try:
            found = resolve(target.host, target.port, deadline)
        except OSError as problem:
            raise Undeliverable(f"{target.host} has no address: {_reason(problem)}") from problem
        if not all(each.address and may_be_reached(each.address, self._allowed) for each in found):
            # Which one it is stays here: what names inside a network stand for is nobody else's business.
            raise Undeliverable(f"{target.host} has an address that is not public. {_REMEDY}")
        return found

    def _known_places(self, target: Target) -> list[Place]:
        """Where a literal or localhost is, which no resolver is asked for, as far as it may be reached."""
        return [
            literal(each, target.port) for each in _literals(target) if may_be_reached(each, self._allowed)
        ]

    def _connection(self, target: Target, places: Sequence[Place], deadline: Deadline) -> socket.socket:
        try:
            opened = connect(places, deadline)
        except OSError as problem:
            raise Undeliverable(
                f"No connection to {target.host}, port {target.port}: {_reason(problem)}"
            ) from problem
        if target.scheme == "http":
            return opened
        try:
            return secured(opened, target.host, context=self._trust or _system_trust(), deadline=deadline)
        except OSError as problem:
            raise Undeliverable(f"No TLS with {target.host}: {_reason(problem)}") from problem


def _literals(target: Target) -> Sequence[Address]:
    if target.is_localhost:
        return _LOOPBACK
    return (target.address,) if target.address else ()


def client() -> Client:
    """A client with the settings of the current app."""
    return Client(settings().outbound_allow)


@cache
def _system_trust() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than many a request."""
    return ssl.create_default_context()


def _reason(problem: Exception) -> str:
    """A problem in a few words, which do not repeat the URL."""
    if isinstance(problem, TimeoutError):
        return "time is up"
    if isinstance(problem, TooMuch):
        return "its headers are too large"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted ({problem.verify_message})"
    if isinstance(problem, ssl.SSLError):
        return (problem.reason or "the handshake failed").replace("_", " ").lower()
    if isinstance(problem, OSError):
        return problem.strerror or "the connection was closed"
    return "it does not speak HTTP"
