"""Private addresses in every spelling: refused when saved, refused when connecting, and nothing gets through."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from plunk.outbound.client import Client
from plunk.outbound.errors import BadUrl, Undeliverable
from tests.outbound.resolver import Entry, Resolver, entry
from tests.outbound.servers import Server

socket_getaddrinfo = socket.getaddrinfo

SPELLINGS = [
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0x7F.0x1",
    "0177.0.0.1", "0177.0.0.01", "127.0.0.0x1", "127.0.0.1.0", "0000177.1", "0", "0.0.0.0", "127.127.127.127",
    "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "127。0。0。1", "127．0｡0．1", "１２７.０.０.１", "①②⑦.⓪.⓪.①", "１２７.1",
    "localhost", "LOCALHOST", "localhost.", "sub.localhost", "ｌｏｃａｌｈｏｓｔ", "loc\u00adalhost",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001::80ff:fffe]", "[fe80::1%25lo]",
    "[fe80::1%lo]", "[::1%251]", "[fe80::1]", "[fec0::1]", "[fd00:ec2::254]", "[ff02::1]",
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_literal_is_refused_when_saved_and_when_sent(host: str, scheme: str, witness: Server) -> None:
    url = f"{scheme}://{host}:{witness.port}/"
    with pytest.raises(BadUrl):
        Client().check_url(url)
    with pytest.raises(Undeliverable) as refused:
        Client().post(url, body=b"{}", headers={}, timeout=2)
    assert refused.value.is_permanent


def numeric(spelling: str, port: int, **options: int) -> list[Entry]:
    """What the system's resolver reads from a literal, without asking anybody."""
    return socket_getaddrinfo(spelling.strip("[]"), port, **{**options, "flags": socket.AI_NUMERICHOST})


def is_numeric(spelling: str) -> bool:
    try:
        return bool(numeric(spelling, 80, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return False


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS if is_numeric(each)])
def test_what_the_system_reads_from_it_is_refused_when_connecting(
    spelling: str, witness: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **options: numeric(spelling, port, **options)
    )
    with pytest.raises(Undeliverable, match="not public") as refused:
        Client().post(f"http://hooks.example:{witness.port}/", body=b"{}", headers={}, timeout=5)
    assert not refused.value.is_permanent


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.0.0.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 ::1 :: ::ffff:127.0.0.1 ::127.0.0.1
    64:ff9b::7f00:1 64:ff9b:1::7f00:1 2002:7f00:1:: 2001:0:7f00:1:: fe80::1 fe80::1%1 fec0::1 fd00:ec2::254
    ff02::1""".split(),
)
def test_a_resolver_may_say_what_it_likes(
    address: str, witness: Server, resolving: Callable[..., Resolver]
) -> None:
    resolving(hooks_example=[[address]])
    with pytest.raises(Undeliverable, match=r"^hooks.example has an address that is not public. ") as refused:
        Client().post(f"http://hooks.example:{witness.port}/", body=b"{}", headers={}, timeout=2)
    assert address not in refused.value.message or address == "::"


def test_one_private_address_among_public_ones_is_enough(
    witness: Server, resolving: Callable[..., Resolver]
) -> None:
    for addresses in (["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["2606:4700:4700::1111", "::1"]):
        resolving(hooks_example=[addresses])
        with pytest.raises(Undeliverable, match="not public"):
            Client().post(f"http://hooks.example:{witness.port}/", body=b"{}", headers={}, timeout=2)


def test_an_address_of_no_known_family_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = (socket.AF_UNIX, *entry("8.8.8.8", 80)[1:4], ("/run/docker.sock",))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: [odd])
    with pytest.raises(Undeliverable, match="not public"):
        Client().post("http://hooks.example/", body=b"{}", headers={}, timeout=2)
