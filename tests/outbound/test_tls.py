"""HTTPS: the certificate must be one of the name in the URL, whatever address was connected to."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plunk.outbound.client import Client
from plunk.outbound.errors import Undeliverable
from tests.outbound.resolver import Resolver
from tests.outbound.servers import LOOPBACK, Authority, Server, listening, new_authority, until_hung_up


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return new_authority(tmp_path)


def test_name_certificate_and_host_header_are_those_of_the_url(
    authority: Authority, resolving: Callable[..., Resolver]
) -> None:
    resolver = resolving(hooks_example=[["127.0.0.1"]])
    context, names = authority.server("hooks.example"), []
    context.sni_callback = lambda _, name, __: names.append(name)
    with listening(tls=context) as server:
        client = Client([LOOPBACK], trust=authority.trust)
        answer = client.post(f"https://hooks.example:{server.port}/hook", body=b"{}", headers={})
        assert (answer.status, answer.body) == (200, b"ok")
        assert f"Host: hooks.example:{server.port}\r\n".encode() in server.request
    assert names == ["hooks.example"] and resolver.asked == ["hooks.example"]


def test_an_address_may_have_a_certificate_too(authority: Authority) -> None:
    with listening(tls=authority.server("127.0.0.1")) as server:
        client = Client([LOOPBACK], trust=authority.trust)
        assert client.post(server.url(scheme="https"), body=b"{}", headers={}).status == 200


def test_a_certificate_of_another_name_is_refused(
    authority: Authority, resolving: Callable[..., Resolver]
) -> None:
    resolving(hooks_example=[["127.0.0.1"]])
    with listening(tls=authority.server("other.example")) as server:
        said = refusal(Client([LOOPBACK], trust=authority.trust), f"https://hooks.example:{server.port}/")
        assert said.startswith(
            "No TLS with hooks.example: its certificate is not accepted (Hostname mismatch"
        )
        assert not any(server.requests)


def test_a_certificate_that_nobody_vouches_for_is_refused(authority: Authority) -> None:
    with listening(tls=authority.server("127.0.0.1")) as server:
        said = refusal(Client([LOOPBACK]), server.url(scheme="https"))
        assert said.startswith("No TLS with 127.0.0.1: its certificate is not accepted (")
        assert not any(server.requests)


def test_an_old_protocol_is_refused(authority: Authority) -> None:
    context = authority.server("127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    trust = authority.trust
    trust.minimum_version = ssl.TLSVersion.TLSv1_3
    with listening(tls=context) as server:
        assert refusal(Client([LOOPBACK], trust=trust), server.url(scheme="https")).startswith("No TLS with")


def test_a_server_without_tls_is_refused() -> None:
    with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n", reads=False) as server:
        said = refusal(Client([LOOPBACK]), server.url(scheme="https"))
        assert said == "No TLS with 127.0.0.1: wrong version number"


def test_a_handshake_that_hangs_is_given_up_in_time() -> None:
    with listening(until_hung_up, reads=False) as server:
        began = time.monotonic()
        assert refusal(Client([LOOPBACK]), server.url(scheme="https")) == "No TLS with 127.0.0.1: time is up"
        assert time.monotonic() - began < 10


def test_a_silent_server_behind_tls_is_given_up_in_time(authority: Authority) -> None:
    with listening(until_hung_up, tls=authority.server("127.0.0.1")) as server:
        began = time.monotonic()
        said = refusal(Client([LOOPBACK], trust=authority.trust), server.url(scheme="https"))
        assert said == "No answer from 127.0.0.1: time is up"
        assert time.monotonic() - began < 10


def test_a_large_body_is_sent_and_a_large_answer_cut(authority: Authority) -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
    with listening(large, tls=authority.server("127.0.0.1")) as server:
        client = Client([LOOPBACK], trust=authority.trust)
        answer = client.post(server.url(scheme="https"), body=b"y" * 3_000_000, headers={})
        assert answer.body == b"x" * 65536
        assert server.request.endswith(b"y" * 3_000_000)


def test_a_redirect_from_https_to_a_private_address_is_not_followed(
    authority: Authority, witness: Server
) -> None:
    away = f"HTTP/1.1 307 Elsewhere\r\nLocation: {witness.url()}\r\nContent-Length: 0\r\n\r\n".encode()
    with listening(away, tls=authority.server("127.0.0.1")) as server:
        client = Client([LOOPBACK], trust=authority.trust)
        assert client.post(server.url(scheme="https"), body=b"{}", headers={}).status == 307


def refusal(client: Client, url: str) -> str:
    with pytest.raises(Undeliverable) as failed:
        client.post(url, body=b"{}", headers={}, timeout=0.5)
    assert not failed.value.is_permanent
    return failed.value.message
