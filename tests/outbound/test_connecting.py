"""Where a request goes: to what was checked, once, and nowhere else."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask

from plunk.config import Settings
from plunk.outbound.client import Client, client
from plunk.outbound.errors import Undeliverable
from tests.outbound.resolver import Resolver
from tests.outbound.servers import LOOPBACK, OK, Server, listening

needs_all_of_loopback = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux answers at 127.0.0.2 by itself"
)


@needs_all_of_loopback
def test_a_name_that_changes_its_mind_is_asked_once_and_taken_at_its_word(
    witness: Server, resolving: Callable[..., Resolver]
) -> None:
    resolver = resolving(hooks_example=[["127.0.0.2"], ["127.0.0.1"]])
    with listening(host="127.0.0.2", port=witness.port) as checked:
        url = f"http://hooks.example:{witness.port}/hook"
        answer = Client(["127.0.0.2/32"]).post(url, body=b"{}", headers={})
        assert answer.status == 200
        assert f"Host: hooks.example:{witness.port}\r\n".encode() in checked.request
    assert resolver.asked == ["hooks.example"]


@needs_all_of_loopback
def test_it_is_asked_anew_for_the_next_request(witness: Server, resolving: Callable[..., Resolver]) -> None:
    resolving(hooks_example=[["127.0.0.2"], ["127.0.0.1"]])
    poster, url = Client(["127.0.0.2/32"]), f"http://hooks.example:{witness.port}/hook"
    with listening(host="127.0.0.2", port=witness.port):
        assert poster.post(url, body=b"{}", headers={}).status == 200
        with pytest.raises(Undeliverable, match="not public"):
            poster.post(url, body=b"{}", headers={})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int, witness: Server) -> None:
    away = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {witness.url()}\r\nContent-Length: 0\r\n\r\n"
    with listening(away.encode()) as server:
        answer = Client([LOOPBACK]).post(server.url(), body=b"{}", headers={})
        assert (answer.status, answer.headers["location"]) == (status, witness.url())
        assert len(server.requests) == 1


def test_proxies_of_the_environment_are_not_used(witness: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, witness.url(""))
    with listening() as server:
        assert Client([LOOPBACK]).post(server.url(), body=b"{}", headers={}).status == 200


def test_cookies_and_connections_are_not_kept(resolving: Callable[..., Resolver]) -> None:
    resolver = resolving(hooks_example=[["127.0.0.1"]])
    with listening(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n") as server:
        poster = Client([LOOPBACK])
        for _ in range(2):
            poster.post(f"http://hooks.example:{server.port}/", body=b"{}", headers={})
        assert len(server.requests) == 2
        assert not any(b"cookie" in request.lower() for request in server.requests)
        assert all(b"Connection: close" in request for request in server.requests)
    assert len(resolver.asked) == 2


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_an_ipv6_literal_is_reached_where_it_is_allowed() -> None:
    with listening(host="::1") as server:
        assert Client(["::1/128"]).post(server.url(), body=b"{}", headers={}).status == 200
        assert f"Host: [::1]:{server.port}".encode() in server.request


def test_localhost_is_this_machine_whatever_a_resolver_says(resolving: Callable[..., Resolver]) -> None:
    resolver = resolving(localhost=[["8.8.8.8"]])
    with listening() as server:
        answer = Client([LOOPBACK]).post(f"http://localhost:{server.port}/", body=b"{}", headers={})
        assert answer.status == 200 and f"Host: localhost:{server.port}".encode() in server.request
    assert resolver.asked == []


def test_the_next_address_is_tried_when_one_takes_no_connection(resolving: Callable[..., Resolver]) -> None:
    resolving(hooks_example=[["::1", "127.0.0.1"]])
    with listening() as server:
        url = f"http://hooks.example:{server.port}/"
        assert Client(["::1/128", LOOPBACK]).post(url, body=b"{}", headers={}).status == 200


@needs_all_of_loopback
def test_a_black_hole_leaves_time_for_the_next_address(resolving: Callable[..., Resolver]) -> None:
    resolving(hooks_example=[["127.0.0.2", "127.0.0.1"]])
    with listening() as server, black_hole("127.0.0.2", server.port):
        url = f"http://hooks.example:{server.port}/"
        answer = Client([LOOPBACK]).post(url, body=b"{}", headers={}, timeout=4)
        assert answer.status == 200 and 1 < answer.seconds < 4


def test_a_black_hole_is_given_up_in_time(resolving: Callable[..., Resolver]) -> None:
    with black_hole("127.0.0.1") as port, expected_within(8.0):
        with pytest.raises(
            Undeliverable, match=r"^No connection to 127.0.0.1, port \d+: time is up"
        ) as failed:
            Client([LOOPBACK]).post(f"http://127.0.0.1:{port}/", body=b"{}", headers={}, timeout=0.4)
        assert not failed.value.is_permanent


def test_a_closed_port_is_said_to_be_closed() -> None:
    with listening() as server:
        pass
    with pytest.raises(Undeliverable, match="Connection refused") as failed:
        Client([LOOPBACK]).post(server.url(), body=b"{}", headers={})
    assert not failed.value.is_permanent


def test_a_name_of_nobody_is_said_to_have_no_address(resolving: Callable[..., Resolver]) -> None:
    resolving()
    with pytest.raises(Undeliverable, match=r"nobody\.example has no address: Name or service") as failed:
        Client().post("http://nobody.example/", body=b"{}", headers={})
    assert not failed.value.is_permanent


def test_a_slow_resolver_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def slow(host: str, port: int, **options: int) -> list[object]:
        released.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        with expected_within(8.0), pytest.raises(Undeliverable, match="has no address: time is up"):
            Client().post("http://hooks.example/", body=b"{}", headers={}, timeout=0.3)
    finally:
        released.set()


def test_a_resolver_that_finds_nothing_reaches_nobody(resolving: Callable[..., Resolver]) -> None:
    resolving(hooks_example=[[]])
    with pytest.raises(Undeliverable):
        Client().post("http://hooks.example/", body=b"{}", headers={})


def test_a_client_has_the_networks_of_the_current_app_and_works_without_it() -> None:
    made = []
    for environment in ({"PLUNK_OUTBOUND_ALLOW": LOOPBACK}, {}):
        app = Flask("posting")
        app.config["PLUNK"] = Settings.from_environment(environment)
        with app.app_context():
            made.append(client())
    with listening() as server:
        assert made[0].post(server.url(), body=b"{}", headers={}).status == 200
        with pytest.raises(Undeliverable, match="not a public address"):
            made[1].post(server.url(), body=b"{}", headers={})


def test_many_threads_share_a_client() -> None:
    def take_a_moment(connection: socket.socket) -> None:
        time.sleep(0.3)
        connection.sendall(OK)

    statuses: list[int] = []
    with listening(take_a_moment) as server, expected_within(15.0):
        shared = Client([LOOPBACK])
        threads = [
            threading.Thread(
                target=lambda: statuses.append(shared.post(server.url(), body=b"{}", headers={}).status)
            )
            for _ in range(64)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 64


@contextmanager
def black_hole(host: str, port: int = 0) -> Iterator[int]:
    """A port whose queue is full, so that nothing answers a further connection; yields its number."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextmanager
def expected_within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds
