"""Gives a command the servers that its settings leave to plunk: its own, or those of a plunk that runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from plunk.config import Settings
from plunk.embedded import postgres, secret_key, valkey
from plunk.embedded.home import Home
from plunk.embedded.postgres import Postgres
from plunk.embedded.processes import SAME
from plunk.embedded.server import Server
from plunk.embedded.valkey import Valkey


@contextmanager
def servers(
    settings: Settings, *, command: str, stays: bool = False, durable: bool = True
) -> Iterator[Settings]:
    """Yields settings with both addresses filled in, and the secret key that an embedded database keeps; what was
    started here is stopped at the end.

    A given DATABASE_URL or REDIS_URL is left as it is, and with both the home folder is not touched.
    `command` is what another plunk is told about us; `stays` says that we run until stopped, so that other
    commands go beside us. `durable=False` trades safety for speed, for tests. Raises `EmbeddedError`.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    home = Home(settings.home)
    if not home.take(command, stays=stays, beside=lambda: running(home, settings)):
        yield addressed(settings, home)
        return
    with held(home):
        house = EmbeddedServers(home, settings, durable=durable)
        try:
            house.start()
            yield house.settings
        finally:
            house.stop()


class EmbeddedServers:
    """The servers of a home that this process holds."""

    def __init__(self, home: Home, settings: Settings, *, durable: bool = True) -> None:
        self.all: list[Server] = []
        if not settings.database_url and not settings.secret_key:
            secret_key.make(home.folder)
        self.settings = addressed(settings, home)
        identity = SAME
        if not settings.database_url:
            database = Postgres(home, durable=durable, binaries=settings.pg_bin, account=settings.pg_user)
            identity = database.identity if database.identity.account else SAME
            self.all.append(database)
        if not settings.redis_url:
            self.all.append(Valkey(home, durable=durable, identity=identity))

    def start(self) -> None:
        """Starts each and returns when all answer."""
        for server in self.all:
            server.start()

    def stop(self) -> None:
        """Stops what runs, the last started first."""
        for server in reversed(self.all):
            server.stop()


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Releases the home at the end, but not in a forked copy of this process, which shares the lock."""
    holder = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == holder:
            home.release()


def addressed(settings: Settings, home: Home) -> Settings:
    """Settings with the addresses of this home's sockets where no other was given.

    The key of this home's database is added behind one that is given: what it sealed stays readable.
    """
    keys = [settings.secret_key, "" if settings.database_url else secret_key.find(home.folder)]
    return replace(
        settings,
        database_url=settings.database_url or postgres.address(home),
        redis_url=settings.redis_url or valkey.address(home),
        secret_key=",".join(filter(None, keys)),
    )


def running(home: Home, settings: Settings) -> bool:
    """Whether the servers of this home answer."""
    found = addressed(settings, home)
    return (bool(settings.database_url) or postgres.answers(found.database_url)) and (
        bool(settings.redis_url) or valkey.answers(found.redis_url)
    )
