"""How the text of an environment variable becomes the value of a setting."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

SHORTEST_SECRET_KEY = 32
MAKE_A_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


class BadSetting(ValueError):
    """An environment variable holds something that cannot be used. The text names it and the remedy."""


def between(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise BadSetting(f"{text!r} is not a whole number") from None
        if not low <= number <= high:
            raise BadSetting(f"must lie between {low:,} and {high:,}")
        return number

    return parse


integer = between(1)
"""A whole number above nought."""


def address(*schemes: str) -> Callable[[str], str]:
    """The address of a server; what it says beyond its shape shows when it is used. It may hold a password, so it is
    not repeated."""

    def parse(text: str) -> str:
        try:
            found = urlsplit(text)
            is_known = found.scheme in schemes and (found.port is None or found.port > 0)
        except ValueError:
            is_known = False
        if not is_known:
            raise BadSetting(
                f"is not an address that begins with {' or '.join(f'{each}://' for each in schemes)}"
            )
        return text

    return parse


def words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise BadSetting(f"must be one of {', '.join(allowed)}")
        return text

    return parse


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(_network(word) for word in words(text))


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(word)
    except ValueError as problem:
        raise BadSetting(f"{word!r} is not a network such as 10.1.0.0/16 ({problem})") from None


def secret_key_text(text: str) -> str:
    """Secret: not repeated."""
    if min((len(word) for word in words(text)), default=0) < SHORTEST_SECRET_KEY:
        raise BadSetting(
            f"holds a key of fewer than {SHORTEST_SECRET_KEY} characters. This makes a good one: {MAKE_A_KEY}"
        )
    return text
