"""Turns a name into addresses, once, within the time that is left."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from plunk.outbound.addresses import Address
from plunk.outbound.deadline import Deadline


@dataclass(frozen=True)
class Place:
    """An address and a port, as sockets take them. `address` is None where it is neither IPv4 nor IPv6."""

    family: int
    socket_address: tuple[Any, ...]
    address: Address | None


def resolve(host: str, port: int, deadline: Deadline) -> list[Place]:
    """All addresses of a name, in the resolver's order. Raises OSError, and `TimeoutError` with the deadline.

    `getaddrinfo` knows no time limit, so it runs in a thread that is left to itself when time is up; a pool would be
    full of such threads.
    """
    answers: SimpleQueue[list[Place] | OSError] = SimpleQueue()
    Thread(target=lambda: answers.put(_ask(host, port)), name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def literal(address: Address, port: int) -> Place:
    """The place of an address that needs no resolver."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return Place(family, (str(address), port), address)


def _ask(host: str, port: int) -> list[Place] | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        return problem
    except UnicodeError:
        return OSError("not a name that can be asked for")
    places = [Place(family, place, _address(str(place[0]))) for family, _, _, _, place in found]
    return list(dict.fromkeys(places))


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
