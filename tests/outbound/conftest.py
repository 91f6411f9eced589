"""What tests of the outgoing client share."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.outbound.resolver import Resolver
from tests.outbound.servers import Server, listening


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Resolver]:
    """Puts a resolver in the place of the system's: `resolving(hooks_example=[["127.0.0.1"]])`."""

    def put(**answers: Sequence[Sequence[str]]) -> Resolver:
        resolver = Resolver(**answers)
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        return resolver

    return put


@pytest.fixture
def witness() -> Iterator[Server]:
    """A server that nothing must reach: it fails the test in which somebody connects to it."""
    with listening() as server:
        yield server
        assert server.requests == []
