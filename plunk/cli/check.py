"""`plunk check`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import sys
from dataclasses import fields

import click
import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError

from plunk.app import CANNOT_START, close, create_app
from plunk.config import BadSetting, Settings
from plunk.db import migrate
from plunk.db.session import driver_url
from plunk.embedded.servers import servers
from plunk.errors import PlunkError

OLDEST_SERVER = 170000


@click.command()
def check() -> None:
    """Look at configuration, database, queue and plugins. Exits with 1 if something needs you."""
    problems = 0
    for name, problem in _findings():
        click.echo(
            f"{'ok  ' if problem is None else 'FAIL'}  {name}{'' if problem is None else f': {problem}'}"
        )
        problems += problem is not None
    sys.exit(1 if problems else 0)


def _findings() -> list[tuple[str, str | None]]:
    try:
        settings = Settings.from_environment()
    except BadSetting as problem:
        return [("settings", str(problem))]
    found: list[tuple[str, str | None]] = [(f"settings ({len(fields(Settings))} known)", _secrets(settings))]
    try:
        with servers(settings, command="check") as running:
            found.append(("database", _database(running)))
            found.append(("queue", _queue(running)))
            found.append(("plugins", _plugins(running)))
    except PlunkError as problem:
        found.append(("servers", f"{problem.message}. {problem.suggestion or ''}".strip()))
    return found


def _secrets(settings: Settings) -> str | None:
    try:
        if settings.database_url:
            settings.fit_to_serve()
    except BadSetting as problem:
        return str(problem)
    return None


def _database(settings: Settings) -> str | None:
    engine = sa.create_engine(
        driver_url(settings.database_url), poolclass=sa.NullPool, connect_args={"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            version = int(connection.scalar(sa.text("SHOW server_version_num")) or 0)
            if version < OLDEST_SERVER:
                return f"PostgreSQL 17 or later is needed, this is {version // 10000}"
            if connection.scalar(sa.text("SHOW server_encoding")) != "UTF8":
                return "the database's encoding must be UTF8: create it with ENCODING 'UTF8'"
            if not migrate.is_current(connection):
                return "the schema is not the one this code needs: run plunk db upgrade"
    except sa.exc.SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
        return f"out of reach ({reason}): check DATABASE_URL"
    finally:
        engine.dispose()
    return None


def _queue(settings: Settings) -> str | None:
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    try:
        client.ping()
        policy = str(client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction"))
    except (RedisError, OSError) as problem:
        return f"out of reach ({problem}): check REDIS_URL"
    if policy != "noeviction":
        return f"maxmemory-policy is {policy}, which loses jobs: set it to noeviction"
    return None


def _plugins(settings: Settings) -> str | None:
    try:
        close(create_app(settings))
    except CANNOT_START as problem:
        return str(problem)
    return None
