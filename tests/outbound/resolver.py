"""A resolver of the tests' own: what the Internet's says cannot be started here."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

Entry = tuple[Any, ...]


class Resolver:
    """Answers for each name, one list of addresses after the other and the last one for ever. `asked` are the names
    it was asked for, whoever asked; it knows no others."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.asked: list[str] = []
        self._answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}

    def __call__(self, host: str, port: int, *arguments: Any, **options: Any) -> list[Entry]:
        self.asked.append(host)
        lists = self._answers.get(host)
        if lists is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        addresses = lists.pop(0) if len(lists) > 1 else lists[0]
        return [entry(address, port) for address in addresses]


def entry(address: str, port: int) -> Entry:
    """One row of what `getaddrinfo` returns."""
    kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
    if ":" not in address:
        return (socket.AF_INET, kind, protocol, "", (address, port))
    address, _, zone = address.partition("%")
    return (socket.AF_INET6, kind, protocol, "", (address, port, 0, int(zone or 0)))
