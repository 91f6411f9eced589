"""Reads a URL to post to. What is unusual is refused rather than interpreted: other readers may read it otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

import idna

from plunk.outbound.addresses import Address
from plunk.outbound.errors import BadUrl

LONGEST_URL = 2_048
DEFAULT_PORTS = {"http": 80, "https": 443}
FIRST_FREE_PORT = 1024

_PLACE = re.compile(r"(?:\[(?P<bracketed>[^\[\]]*)]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253
# What `inet_aton` and with it `getaddrinfo` takes for an address: it ends with a decimal, octal or hexadecimal number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_RESERVED = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True)
class Target:
    """Where a URL leads. `host` is in lower case and ASCII, without brackets and final dot; `path` includes the query.

    `address` is the host if that is a literal address.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_localhost(self) -> bool:
        """Whether the name means this machine, whatever a resolver says (RFC 6761)."""
        return self.host == "localhost" or self.host.endswith(".localhost")


def read_url(url: str) -> Target:
    """Takes a URL apart; raises `BadUrl`. Addresses are not judged here."""
    if len(url) > LONGEST_URL:
        raise BadUrl(f"The URL is longer than {LONGEST_URL:,} characters")
    if not url.isprintable() or " " in url or "\\" in url:
        raise BadUrl("The URL holds blanks, backslashes or characters that cannot be printed")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadUrl("This is not a URL") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise BadUrl("The URL must begin with http:// or https://")
    if "@" in parts.netloc:
        raise BadUrl("The URL holds a user name or a password: leave it out")
    if "#" in url:
        raise BadUrl("The part after # is never sent: leave it out")
    host, address, port = _read_place(parts.netloc)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port or DEFAULT_PORTS[parts.scheme],
        path=quote(path, safe=_RESERVED),
        address=address,
    )


def _read_place(text: str) -> tuple[str, Address | None, int | None]:
    """Host, the same as a literal address, and port."""
    place = _PLACE.fullmatch(text)
    if place is None:
        raise BadUrl(
            "Host and port of the URL cannot be told apart: it must look like https://example.com/hook"
        )
    port = _read_port(place["port"])
    if place["bracketed"] is not None:
        address = _read_ipv6(place["bracketed"])
        return str(address), address, port
    host = _read_name(place["name"])
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return host, _read_ipv4(host), port
    return host, None, port


def _read_port(digits: str | None) -> int | None:
    if not digits:
        return None
    port = int(digits)
    if port in DEFAULT_PORTS.values() or FIRST_FREE_PORT <= port <= 65535:
        return port
    raise BadUrl(f"Port {port} is not allowed: it must be 80, 443 or {FIRST_FREE_PORT} to 65535")


def _read_ipv6(text: str) -> IPv6Address:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise BadUrl(f"[{text}] is not an IPv6 address") from None
    if address.scope_id is not None:
        raise BadUrl("The zone of an address (%) means something on one machine only: leave it out")
    return address


def _read_ipv4(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except AddressValueError:
        raise BadUrl(f"{text} is not an IPv4 address: write four numbers from 0 to 255 with dots") from None


def _read_name(text: str) -> str:
    """The name as it is asked for in the DNS: lower case, punycode, no final dot."""
    try:
        name = idna.uts46_remap(text, std3_rules=False).removesuffix(".")
        labels = [_read_label(label) for label in name.split(".")] if name else []
    except idna.IDNAError:
        raise BadUrl(f"{text} is not the name of a host") from None
    if not labels:
        raise BadUrl("The URL names no host")
    name = ".".join(labels)
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadUrl(f"{text} is not the name of a host")
    return name


def _read_label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        return label  # IDNA would refuse the underscore, which names inside a network often hold
    return idna.alabel(label).decode("ascii")
