"""Every setting, read once from the environment. `docs/settings.md` is generated from this list."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, cast

from flask import current_app

from plunk.setting_texts import (
    MAKE_A_KEY,
    SHORTEST_SECRET_KEY,
    BadSetting,
    address,
    between,
    choice,
    integer,
    networks,
    secret_key_text,
    words,
)

__all__ = ["SHORTEST_SECRET_KEY", "BadSetting", "Settings", "settings"]

KIB = 1024
MIB = 1024 * KIB


def _setting(
    env: str, default: Any, help: str, parse: Callable[[str], Any] = str, *, is_secret: bool = False
) -> Any:
    return field(default=default, repr=not is_secret, metadata={"env": env, "help": help, "parse": parse})


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Field metadata holds the variable's name and what it is for."""

    home: Path = _setting("PLUNK_HOME", Path(".plunk"), "Folder of the embedded servers' data.", Path)
    host: str = _setting("HOST", "127.0.0.1", "Address that `plunk up` listens on.")
    port: int = _setting("PORT", 8000, "Port that `plunk up` listens on.", between(0, 65535))
    database_url: str = _setting(
        "DATABASE_URL",
        "",
        "PostgreSQL 17 or later. Empty: an embedded server is started.",
        address("postgresql", "postgres", "postgresql+psycopg"),
    )
    redis_url: str = _setting(
        "REDIS_URL",
        "",
        "Redis or Valkey. Empty: an embedded server is started.",
        address("redis", "rediss", "unix"),
    )
    secret_key: str = _setting(
        "PLUNK_SECRET_KEY",
        "",
        "Seals secrets in the database, 32 characters or more. Several by comma: the first seals, all open. Needed "
        "beside DATABASE_URL; the embedded server keeps one in its home.",
        secret_key_text,
        is_secret=True,
    )
    outbound_allow: tuple[IPv4Network | IPv6Network, ...] = _setting(
        "PLUNK_OUTBOUND_ALLOW",
        (),
        "Networks that webhooks may reach although they are not public, such as 10.1.0.0/16, separated by commas.",
        networks,
    )
    url: str = _setting(
        "PLUNK_URL",
        "",
        "Address under which people reach plunk, such as https://plunk.example.com: links begin with it, and with "
        "https cookies are sent over https only.",
        address("http", "https"),
    )
    proxies: int = _setting(
        "PLUNK_PROXIES",
        0,
        "How many proxies stand before plunk whose X-Forwarded-For and -Proto are believed.",
        between(0, 10),
    )
    session_idle_hours: int = _setting(
        "PLUNK_SESSION_IDLE_HOURS",
        336,
        "After how many hours without a visit somebody must sign in again.",
        between(1, 87_600),
    )
    session_days: int = _setting(
        "PLUNK_SESSION_DAYS", 90, "After how many days everybody must sign in again.", between(1, 3_650)
    )
    login_tries: int = _setting(
        "PLUNK_LOGIN_TRIES",
        10,
        "Tries to sign in to one account from one address in 15 minutes; ten times as many from one address to any "
        "account, twenty times as many to one account from anywhere.",
        between(1, 10_000),
    )
    pg_bin: str = _setting("PLUNK_PG_BIN", "", "Folder with another build's initdb and postgres.")
    pg_user: str = _setting(
        "PLUNK_PG_USER", "", "As root, where user namespaces are refused: the account that runs PostgreSQL."
    )
    web_workers: int = _setting("PLUNK_WEB_WORKERS", 2, "gunicorn worker processes.", between(1, 256))
    web_threads: int = _setting("PLUNK_WEB_THREADS", 4, "Threads in each of them.", between(1, 256))
    pool_size: int = _setting("PLUNK_POOL_SIZE", 5, "Database connections a process keeps.", integer)
    statement_timeout_web: int = _setting(
        "PLUNK_STATEMENT_TIMEOUT_WEB_MS", 5_000, "Longest statement of a request, milliseconds.", integer
    )
    statement_timeout_worker: int = _setting(
        "PLUNK_STATEMENT_TIMEOUT_WORKER_MS", 60_000, "Longest statement of a job, milliseconds.", integer
    )
    disabled_plugins: tuple[str, ...] = _setting(
        "PLUNK_DISABLED_PLUGINS", (), "Names of plugins that stay out, separated by commas.", words
    )
    log_level: str = _setting(
        "PLUNK_LOG_LEVEL",
        "info",
        "debug, info, warning or error.",
        choice("debug", "info", "warning", "error"),
    )
    log_format: str = _setting("PLUNK_LOG_FORMAT", "text", "text or json.", choice("text", "json"))
    idempotency_hours: int = _setting(
        "PLUNK_IDEMPOTENCY_HOURS",
        24,
        "How long an Idempotency-Key is remembered, hours.",
        between(1, 87_600),
    )
    history_retention_days: int = _setting(
        "PLUNK_HISTORY_RETENTION_DAYS",
        730,
        "How long entries and exits stay in the history of segments, days.",
        between(1, 36_500),
    )
    segment_counts_retention_days: int = _setting(
        "PLUNK_SEGMENT_COUNTS_RETENTION_DAYS",
        1_095,
        "How long the daily counts of segments are kept, days.",
        between(1, 36_500),
    )
    job_retention_days: int = _setting(
        "PLUNK_JOB_RETENTION_DAYS", 30, "How long finished jobs can be asked for, days.", between(1, 36_500)
    )
    handler_seconds: int = _setting(
        "PLUNK_HANDLER_SECONDS", 10, "How long a plugin may take to hear of one fact.", between(1, 3_000)
    )
    outbox_retention_days: int = _setting(
        "PLUNK_OUTBOX_RETENTION_DAYS",
        7,
        "How long facts are kept after they were told, days; and for plugins that are not there.",
        between(1, 36_500),
    )

    webhook_lease_seconds: int = _setting(
        "PLUNK_WEBHOOK_LEASE_SECONDS",
        60,
        "After this long a webhook whose sender died is sent again; an endpoint has 15 seconds to answer, or half"
        " of this.",
        between(2, 3600),
    )
    delivery_retention_days: int = _setting(
        "PLUNK_DELIVERY_RETENTION_DAYS",
        30,
        "How long webhook deliveries are kept, days.",
        between(1, 36_500),
    )

    import_retention_days: int = _setting(
        "PLUNK_IMPORT_RETENTION_DAYS",
        7,
        "How long an uploaded file and its rejected rows are kept once the import has ended, days; files that were"
        " never imported go after one.",
        between(1, 36_500),
    )

    max_body_bytes: int = _setting("PLUNK_MAX_BODY_BYTES", 1 * MIB, "JSON body, bytes.", integer)
    max_large_body_bytes: int = _setting(
        "PLUNK_MAX_LARGE_BODY_BYTES", 15 * MIB, "JSON body of /v1/track/batch, bytes.", integer
    )
    max_json_depth: int = _setting("PLUNK_MAX_JSON_DEPTH", 32, "Nesting of a JSON body.", integer)
    max_data_bytes: int = _setting(
        "PLUNK_MAX_DATA_BYTES", 64 * KIB, "`data` of one contact or event, bytes of JSON.", integer
    )
    max_data_keys: int = _setting(
        "PLUNK_MAX_DATA_KEYS", 200, "Keys in the `data` of one contact or event.", integer
    )
    max_key_length: int = _setting("PLUNK_MAX_KEY_LENGTH", 255, "Characters of a key in `data`.", integer)
    max_emails: int = _setting("PLUNK_MAX_EMAILS", 500, "Addresses in one lookup or members call.", integer)
    max_bulk_ids: int = _setting("PLUNK_MAX_BULK_IDS", 1_000, "Ids of contacts in one bulk call.", integer)
    max_batch_events: int = _setting(
        "PLUNK_MAX_BATCH_EVENTS", 1_000, "Events in one /v1/track/batch.", integer
    )
    max_event_name: int = _setting("PLUNK_MAX_EVENT_NAME", 255, "Characters of an event's name.", integer)
    max_segment_name: int = _setting(
        "PLUNK_MAX_SEGMENT_NAME", 100, "Characters of a segment's name.", integer
    )
    max_description: int = _setting("PLUNK_MAX_DESCRIPTION", 500, "Characters of a description.", integer)
    max_filters: int = _setting("PLUNK_MAX_FILTERS", 100, "Filters in one condition.", integer)
    max_nesting: int = _setting("PLUNK_MAX_NESTING", 8, "Conditions nested in each other.", integer)
    max_value_bytes: int = _setting(
        "PLUNK_MAX_VALUE_BYTES", 1 * KIB, "One value of a filter, bytes.", integer
    )
    max_list_values: int = _setting("PLUNK_MAX_LIST_VALUES", 1_000, "Values in a filter's list.", integer)
    max_fields: int = _setting("PLUNK_MAX_FIELDS", 2_000, "Keys catalogued per project.", integer)
    max_event_names: int = _setting(
        "PLUNK_MAX_EVENT_NAMES", 10_000, "Event names catalogued per project.", integer
    )
    max_webhooks: int = _setting("PLUNK_MAX_WEBHOOKS", 100, "Webhooks of one project.", integer)
    max_webhook_events: int = _setting(
        "PLUNK_MAX_WEBHOOK_EVENTS", 100, "Patterns in a webhook's `events`.", integer
    )
    max_import_bytes: int = _setting("PLUNK_MAX_IMPORT_BYTES", 512 * MIB, "CSV file, bytes.", integer)
    max_import_columns: int = _setting("PLUNK_MAX_IMPORT_COLUMNS", 200, "Columns of a CSV file.", integer)
    max_cell_bytes: int = _setting(
        "PLUNK_MAX_CELL_BYTES", 64 * KIB, "One cell of a CSV file, bytes.", integer
    )
    max_page: int = _setting("PLUNK_MAX_PAGE", 100, "Rows on one page (`limit`, `pageSize`).", integer)

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

    @property
    def base_url(self) -> str:
        """What links begin with, as far as the settings say: `https://plunk.example.com`."""
        if self.url:
            return self.url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys of `secret_key`, the one that seals first."""
        return words(self.secret_key)

    def fit_to_serve(self) -> Settings:
        """Itself, for a process that answers requests or does their work. Raises `BadSetting` if a key is missing:
        there is no default, which everybody would know."""
        if not self.secret_keys:
            raise BadSetting(f"PLUNK_SECRET_KEY is not set. This makes a good one: {MAKE_A_KEY}")
        return self


def settings() -> Settings:
    """The settings of the current app."""
    return cast(Settings, current_app.config["PLUNK"])
