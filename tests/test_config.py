"""Settings that need more than a number."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from plunk.config import BadSetting, Settings


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


def test_networks_are_read_from_a_list() -> None:
    assert read().outbound_allow == ()
    found = read(PLUNK_OUTBOUND_ALLOW="10.1.0.0/16, 127.0.0.1 fd00::/8,")
    assert found.outbound_allow == (
        ip_network("10.1.0.0/16"),
        ip_network("127.0.0.1/32"),
        ip_network("fd00::/8"),
    )


@pytest.mark.parametrize("bad", ["10.1.2.3/16", "10.0.0.0/33", "localhost", "10.*", "127.1"])
def test_a_bad_network_is_named(bad: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read(PLUNK_OUTBOUND_ALLOW=f"192.168.0.0/16,{bad}")
    assert str(refused.value).startswith(f"PLUNK_OUTBOUND_ALLOW: '{bad}' is not a network")


def test_several_secret_keys_keep_their_order() -> None:
    assert read(PLUNK_SECRET_KEY=f"{'b' * 32}, {'a' * 40}").secret_keys == ("b" * 32, "a" * 40)


@pytest.mark.parametrize("bad", ["short", "s" * 31, f"{'b' * 32},short", ", ,"])
def test_a_short_secret_key_is_refused_with_the_remedy_and_not_repeated(bad: str) -> None:
    with pytest.raises(BadSetting, match=r"^PLUNK_SECRET_KEY: .*token_urlsafe") as refused:
        read(PLUNK_SECRET_KEY=bad)
    assert bad not in str(refused.value)


def test_the_secret_key_is_not_shown() -> None:
    assert "k" * 32 not in repr(Settings(secret_key="k" * 32))
