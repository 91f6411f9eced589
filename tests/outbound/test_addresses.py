"""Which addresses may be reached, and what an operator's networks change."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from plunk.outbound.addresses import may_be_reached

REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.255
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::2 ::7f00:1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808
64:ff9b:1::a00:1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1::1 2002:808:808::1 3ffe::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1 ffff::1
""".split()
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2001:200::1 2001:4860:4860::8888 2003::1 2606:4700:4700::1111 2a00:1450:4001::1 2c0f::1
""".split()


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not may_be_reached(ip_address(address), [])


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_reached(address: str) -> None:
    assert may_be_reached(ip_address(address), [])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("10.1.2.3", "10.1.0.0/16"),
        ("169.254.169.254", "169.254.169.254/32"),
        ("::1", "::1/128"),
        ("fd00::1", "fd00::/8"),
        ("fe80::1", "fe80::/10"),
    ],
)
def test_an_operator_may_allow_a_network(address: str, network: str) -> None:
    assert may_be_reached(ip_address(address), [ip_network("192.168.7.0/24"), ip_network(network)])


def test_other_networks_stay_refused() -> None:
    assert not may_be_reached(ip_address("10.2.0.1"), [ip_network("10.1.0.0/16")])
    assert not may_be_reached(ip_address("::ffff:10.1.0.1"), [ip_network("10.1.0.0/16")])


def test_allowing_a_transition_range_opens_no_private_network() -> None:
    allowed = [ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32")]
    assert may_be_reached(ip_address("64:ff9b::8.8.8.8"), allowed)
    assert may_be_reached(ip_address("2002:808:808::1"), allowed)
    assert not may_be_reached(ip_address("64:ff9b::10.0.0.1"), allowed)
    assert not may_be_reached(ip_address("2002:a00:1::1"), allowed)
    assert not may_be_reached(ip_address("2001:0:808:808:0:0:f5ff:fffe"), allowed)
    assert may_be_reached(ip_address("64:ff9b::10.0.0.1"), [*allowed, ip_network("10.0.0.0/8")])
