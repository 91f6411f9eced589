"""Every setting, read once from the environment. `docs/settings.md` is generated from this list."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app

KIB = 1024
MIB = 1024 * KIB


class BadSetting(ValueError):
    """An environment variable holds something that cannot be used. The text names it and the remedy."""


def _between(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise BadSetting(f"{text!r} is not a whole number") from None
        if not low <= number <= high:
            raise BadSetting(f"must lie between {low:,} and {high:,}")
        return number

    return parse


_integer = _between(1)


def _address(*schemes: str) -> Callable[[str], str]:
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise BadSetting(f"must be one of {', '.join(allowed)}")
        return text

    return parse


def _setting(env: str, default: Any, help: str, parse: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"env": env, "help": help, "parse": parse})


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Field metadata holds the variable's name and what it is for."""

    home: Path = _setting("PLUNK_HOME", Path(".plunk"), "Folder of the embedded servers' data.", Path)
    host: str = _setting("HOST", "127.0.0.1", "Address that `plunk up` listens on.")
    port: int = _setting("PORT", 8000, "Port that `plunk up` listens on.", _between(0, 65535))
    database_url: str = _setting(
        "DATABASE_URL",
        "",
        "PostgreSQL 17 or later. Empty: an embedded server is started.",
        _address("postgresql", "postgres", "postgresql+psycopg"),
    )
    redis_url: str = _setting(
        "REDIS_URL",
        "",
        "Redis or Valkey. Empty: an embedded server is started.",
        _address("redis", "rediss", "unix"),
    )
    pg_bin: str = _setting("PLUNK_PG_BIN", "", "Folder with another build's initdb and postgres.")
    pg_user: str = _setting(
        "PLUNK_PG_USER", "", "As root, where user namespaces are refused: the account that runs PostgreSQL."
    )
    web_workers: int = _setting("PLUNK_WEB_WORKERS", 2, "gunicorn worker processes.", _between(1, 256))
    web_threads: int = _setting("PLUNK_WEB_THREADS", 4, "Threads in each of them.", _between(1, 256))
    pool_size: int = _setting("PLUNK_POOL_SIZE", 5, "Database connections a process keeps.", _integer)
    statement_timeout_web: int = _setting(
        "PLUNK_STATEMENT_TIMEOUT_WEB_MS", 5_000, "Longest statement of a request, milliseconds.", _integer
    )
    statement_timeout_worker: int = _setting(
        "PLUNK_STATEMENT_TIMEOUT_WORKER_MS", 60_000, "Longest statement of a job, milliseconds.", _integer
    )
    disabled_plugins: tuple[str, ...] = _setting(
        "PLUNK_DISABLED_PLUGINS", (), "Names of plugins that stay out, separated by commas.", _words
    )
    log_level: str = _setting(
        "PLUNK_LOG_LEVEL",
        "info",
        "debug, info, warning or error.",
        _choice("debug", "info", "warning", "error"),
    )
    log_format: str = _setting("PLUNK_LOG_FORMAT", "text", "text or json.", _choice("text", "json"))
    idempotency_hours: int = _setting(
        "PLUNK_IDEMPOTENCY_HOURS",
        24,
        "How long an Idempotency-Key is remembered, hours.",
        _between(1, 87_600),
    )
    job_retention_days: int = _setting(
        "PLUNK_JOB_RETENTION_DAYS", 30, "How long finished jobs can be asked for, days.", _between(1, 36_500)
    )

    max_body_bytes: int = _setting("PLUNK_MAX_BODY_BYTES", 1 * MIB, "JSON body, bytes.", _integer)
    max_large_body_bytes: int = _setting(
        "PLUNK_MAX_LARGE_BODY_BYTES", 15 * MIB, "JSON body of /v1/track/batch, bytes.", _integer
    )
    max_json_depth: int = _setting("PLUNK_MAX_JSON_DEPTH", 32, "Nesting of a JSON body.", _integer)
    max_data_bytes: int = _setting(
        "PLUNK_MAX_DATA_BYTES", 64 * KIB, "`data` of one contact or event, bytes of JSON.", _integer
    )
    max_data_keys: int = _setting(
        "PLUNK_MAX_DATA_KEYS", 200, "Keys in the `data` of one contact or event.", _integer
    )
    max_key_length: int = _setting("PLUNK_MAX_KEY_LENGTH", 255, "Characters of a key in `data`.", _integer)
    max_emails: int = _setting("PLUNK_MAX_EMAILS", 500, "Addresses in one lookup or members call.", _integer)
    max_batch_events: int = _setting(
        "PLUNK_MAX_BATCH_EVENTS", 1_000, "Events in one /v1/track/batch.", _integer
    )
    max_event_name: int = _setting("PLUNK_MAX_EVENT_NAME", 255, "Characters of an event's name.", _integer)
    max_segment_name: int = _setting(
        "PLUNK_MAX_SEGMENT_NAME", 100, "Characters of a segment's name.", _integer
    )
    max_description: int = _setting("PLUNK_MAX_DESCRIPTION", 500, "Characters of a description.", _integer)
    max_filters: int = _setting("PLUNK_MAX_FILTERS", 100, "Filters in one condition.", _integer)
    max_nesting: int = _setting("PLUNK_MAX_NESTING", 8, "Conditions nested in each other.", _integer)
    max_value_bytes: int = _setting(
        "PLUNK_MAX_VALUE_BYTES", 1 * KIB, "One value of a filter, bytes.", _integer
    )
    max_list_values: int = _setting("PLUNK_MAX_LIST_VALUES", 1_000, "Values in a filter's list.", _integer)
    max_fields: int = _setting("PLUNK_MAX_FIELDS", 2_000, "Keys catalogued per project.", _integer)
    max_event_names: int = _setting(
        "PLUNK_MAX_EVENT_NAMES", 10_000, "Event names catalogued per project.", _integer
    )
    max_page: int = _setting("PLUNK_MAX_PAGE", 100, "Rows on one page (`limit`, `pageSize`).", _integer)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
        """Reads what is set and not empty; raises `BadSetting` that names the variable."""
        values: dict[str, Any] = {}
        for each in fields(cls):
            text = environment.get(each.metadata["env"], "")
            if text == "":
                continue
            try:
                values[each.name] = each.metadata["parse"](text)
            except BadSetting as problem:
                raise BadSetting(f"{each.metadata['env']}: {problem}") from None
        return cls(**{**values, **overrides})


def settings() -> Settings:
    """The settings of the current app."""
    return cast(Settings, current_app.config["PLUNK"])
