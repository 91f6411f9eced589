"""Logs: a line that cannot be written is no reason to fail, and no line names people."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from plunk.config import Settings

ASK = """
from plunk.app import create_app
app = create_app()
key = {"Authorization": "Bearer sk_" + "a" * 43}
paths = "/nowhere", "/contacts", "/contacts/by-email/jane@private.example", "/dashboard/setup/a-way-in"
for path in (*paths, "/o%00d%0Dd%E2%80%A8%C2%9B%0A%1B"):
    print(app.test_client().get(path, headers=key).status_code)
"""


@pytest.fixture
def asking(settings: Settings) -> subprocess.Popen[str]:
    """A process of its own (loggers are set up once in each) that asks for five pages and prints the statuses."""
    servers = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PLUNK_SECRET_KEY": settings.secret_key,
    }
    return subprocess.Popen(
        [sys.executable, "-c", ASK],
        env={**os.environ, **servers, "PLUNK_LOG_LEVEL": "info"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_requests_are_answered_when_nobody_reads_the_log(asking: subprocess.Popen[str]) -> None:
    assert asking.stderr
    asking.stderr.close()
    asking.stderr = None
    statuses, _ = asking.communicate(timeout=60)
    assert statuses.split() == ["404", "401", "401", "404", "404"]


def test_requests_are_logged_without_the_addresses_and_tokens_in_their_paths(
    asking: subprocess.Popen[str],
) -> None:
    _, written = asking.communicate(timeout=60)
    assert written.count("event=request") == 5 and "path=/nowhere" in written
    assert "jane@private.example" not in written and "a-way-in" not in written


def test_nobody_writes_control_characters_into_the_log(asking: subprocess.Popen[str]) -> None:
    _, written = asking.communicate(timeout=60)
    assert r"o\x00d\rd\u2028\x9b\n\x1b" in written
    assert all(line.isprintable() for line in written.split("\n"))
