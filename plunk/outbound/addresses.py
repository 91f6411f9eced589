"""Which addresses may be reached. A table of our own: Python's `is_global` calls some of these public."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(word) for word in text.split())


_REFUSED_4 = _networks(
    # This host, private, shared by carriers (where a cloud keeps its metadata, too), loopback, link-local.
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 "
    # Protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved and broadcast.
    "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 "
    # The metadata service of Azure, at an address that looks like any other.
    "168.63.129.16/32"
)
# Everything outside is loopback, private, link-local, site-local, multicast, translated IPv4, or belongs to nobody.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Protocol assignments (Teredo among them), documentation, 6to4, the former 6bone.
_REFUSED_6 = _networks("2001::/23 2001:db8::/32 2002::/16 3ffe::/16 3fff::/20")

# Ranges that end with an IPv4 address: compatible, mapped, translated, NAT64.
_ENDS_WITH_IPV4 = _networks("::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96")
_NOT_IPV4_COMPATIBLE = (IPv6Address("::"), IPv6Address("::1"))


def may_be_reached(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or inside one of the networks that the operator allowed.

    The transition ranges of IPv6 are refused. Where one is allowed, the IPv4 address inside must pass as well:
    allowing NAT64 opens no private network.
    """
    return all(
        _is_public(each) or any(each in network for network in allowed)
        for each in (address, *_carried_by(address))
    )


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _REFUSED_6)


def _carried_by(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that packets to an IPv6 address would go to in the end."""
    if isinstance(address, IPv4Address) or address in _NOT_IPV4_COMPATIBLE:
        return
    if any(address in network for network in _ENDS_WITH_IPV4):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour:
        yield address.sixtofour
    yield from address.teredo or ()
