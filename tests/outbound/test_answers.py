"""What counts as an answer, how much of it is read, and how long that may take."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from plunk.outbound.client import TIMEOUT, Answer, Client
from plunk.outbound.errors import Undeliverable
from tests.outbound.servers import LOOPBACK, OK, Behaviour, listening, until_hung_up

LARGE = b"x" * 30_000_000
"""More than the buffers of both sides take."""


def test_an_answer_has_status_headers_body_and_time() -> None:
    told = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 5\r\n\r\nlater"
    answer = posted(told)
    assert (answer.status, answer.body) == (429, b"later")
    assert answer.headers["retry-after"] == "7" and answer.headers["x-a"] == "1, 2"
    assert 0 < answer.seconds < 20


def test_a_request_is_complete_and_says_what_it_was_told_to() -> None:
    with listening() as server:
        Client([LOOPBACK]).post(
            server.url("/größe?a=b"), body=b'{"a": 1}', headers={"Content-Type": "application/json"}
        )
        head, _, body = server.request.partition(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /gr%C3%B6%C3%9Fe?a=b HTTP/1.1"
    assert set(lines[1:]) == {
        f"Host: 127.0.0.1:{server.port}",
        "Content-Type: application/json",
        "Content-Length: 8",
        "User-Agent: plunk",
        "Accept-Encoding: identity",
        "Connection: close",
    }


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 410, 500, 503, 599])
def test_every_status_is_an_answer(status: int) -> None:
    assert posted(f"HTTP/1.1 {status} Whatever\r\n\r\n".encode()).status == status


def test_an_empty_body_needs_no_length_and_no_waiting() -> None:
    def answer_and_stay(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        until_hung_up(connection)

    assert posted(answer_and_stay, timeout=30).seconds < 20


def test_a_body_that_was_read_whole_is_not_waited_after() -> None:
    def answer_and_stay(connection: socket.socket) -> None:
        connection.sendall(OK)
        until_hung_up(connection)

    answer = posted(answer_and_stay, timeout=30)
    assert answer.body == b"ok" and answer.seconds < 20


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 1048576\r\n\r\n" + b"x" * 1048576,
        b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 16 + b"0\r\n\r\n",
        b"Connection: close\r\n\r\n" + b"x" * 1048576,
    ],
    ids=["with its length", "in chunks", "until the end"],
)
def test_a_large_body_is_cut_at_64_kib(framing: bytes) -> None:
    answer = posted(b"HTTP/1.1 200 OK\r\n" + framing)
    assert answer.body == b"x" * 65536


def test_a_compressed_body_is_left_as_it_is() -> None:
    bomb = gzip.compress(b"x" * 50_000_000)
    told = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    assert posted(told + bomb).body == bomb[:65536]


def test_interim_answers_are_passed_over() -> None:
    assert posted(b"HTTP/1.1 100 Continue\r\n\r\n" + OK).status == 200


def trickling(begin: bytes, drop: bytes) -> Behaviour:
    """Sends `begin`, then `drop` again and again, for ever."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        until_hung_up,
        trickling(b"", b"H"),
        trickling(b"HTTP/1.1 200 OK\r\n", b"X"),
        trickling(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silence", "slow status", "slow header", "slow headers", "interim answers"],
)
def test_time_is_up_for_all_steps_together(behaviour: Behaviour) -> None:
    with (
        expected_between(0.4, 10),
        pytest.raises(Undeliverable, match=r"^No answer from 127\.0\.0\.1: time is up$"),
    ):
        posted(behaviour, timeout=0.5)


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["without length", "with length", "in chunks"],
)
def test_a_trickling_body_ends_with_the_time_and_the_status_stands(begin: bytes, drop: bytes) -> None:
    with expected_between(0.4, 10):
        answer = posted(trickling(begin, drop), timeout=0.5)
    assert answer.status == 200


def test_a_server_that_does_not_read_is_given_up_in_time() -> None:
    with (
        listening(lambda _: time.sleep(3), reads=False) as deaf,
        expected_between(0.4, 10),
        pytest.raises(Undeliverable, match="time is up"),
    ):
        Client([LOOPBACK]).post(deaf.url(), body=LARGE, headers={}, timeout=0.5)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (b"", "the connection was closed"),
        (reset, "reset by peer"),
        (b"garbage\r\n\r\n", "does not speak HTTP"),
        (b"\x00\xff\x00\xff" * 100, "does not speak HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 twohundred OK\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 99 Low\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"x" * 60_000 + b"\r\n") * 90 + b"\r\n", "headers are too large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "does not speak HTTP"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_sentence(behaviour: Behaviour | bytes, said: str) -> None:
    with pytest.raises(Undeliverable, match=said) as failed:
        posted(behaviour)
    assert not failed.value.is_permanent
    assert "/hook" not in failed.value.message


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 100\r\n\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 70_000,
        b"Content-Length: much\r\n\r\nhalf",
        b"Content-Length: -1\r\n\r\nhalf",
        b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
    ],
)
def test_a_body_that_breaks_off_leaves_the_status(rest: bytes) -> None:
    answer = posted(b"HTTP/1.1 200 OK\r\n" + rest)
    assert answer.status == 200 and answer.body in (b"", b"half")


def test_a_chunk_of_negative_length_is_no_way_around_the_limit() -> None:
    answer = posted(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 1_000_000)
    assert answer.status == 200 and len(answer.body) <= 65536


def test_an_answer_before_the_request_was_read_is_an_answer() -> None:
    early = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    with listening(early, reads=False) as server:
        assert Client([LOOPBACK]).post(server.url(), body=LARGE, headers={}, timeout=20).status == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-Evil: 1"},
        {"X-A": "b\nX-Evil: 1"},
        {"X-A": "b\r\n folded"},
        {"X-A\r\nX-Evil": "1"},
        {"X A": "1"},
        {"X-A:": "1"},
        {"": "1"},
        {"X-A": "\x00"},
        {"X-A": "Ł"},
        {"Host": "other.example"},
        {"transfer-encoding": "chunked"},
        {"Content-Length": "0"},
        {"Connection": "keep-alive"},
        {"Expect": "100-continue"},
    ],
)
def test_headers_that_would_break_the_request_are_refused_before_it(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"), listening() as server:
        try:
            Client([LOOPBACK]).post(server.url(), body=b"{}", headers=headers)
        finally:
            assert server.requests == []


def test_others_are_sent_as_they_are() -> None:
    with listening() as server:
        headers = {"X-Name": "Zoë", "user-agent": "shop/1", "X-Empty": ""}
        Client([LOOPBACK]).post(server.url(), body=b"", headers=headers)
        assert "X-Name: Zoë\r\n".encode("latin-1") in server.request
        assert b"user-agent: shop/1\r\n" in server.request and b"User-Agent: plunk" not in server.request
        assert b"Content-Length: 0\r\n" in server.request


def test_fifteen_seconds_are_the_limit_unless_said_otherwise() -> None:
    assert TIMEOUT == 15.0


def posted(behaviour: Behaviour | bytes, *, timeout: float = 20.0) -> Answer:
    """What a client gets from a server that behaves like that."""
    with listening(behaviour) as server:
        return Client([LOOPBACK]).post(server.url(), body=b"{}", headers={}, timeout=timeout)


@contextmanager
def expected_between(least: float, most: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert least < time.monotonic() - began < most
