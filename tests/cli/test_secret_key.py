"""Nothing serves without a secret key, and nobody has to think of one for the embedded database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from plunk.config import Settings
from tests.embedded.programs import program

ROOT = Path(__file__).parents[2]
SAID = "PLUNK_SECRET_KEY is not set. This makes a good one: python3 -c"
ASK = "import json; from plunk.app import create_app; print(json.dumps(create_app().config['PLUNK'].secret_keys))"


def run(settings: Settings, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, on the servers of the tests, without a secret key unless one is given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONWARNINGS", "PLUNK_SECRET_KEY")
    }
    servers = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**kept, **servers, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["-m", "plunk", "worker", "--burst"],
        ["-m", "plunk", "scheduler"],
        ["-m", "plunk", "up"],
        ["-m", "plunk", "check"],
        ["-m", "gunicorn", "wsgi:app", "--bind", "127.0.0.1:0", "--no-control-socket"],
        ["-m", "gunicorn", "plunk.app:create_app()", "--bind", "127.0.0.1:0", "--no-control-socket"],
    ],
    ids=lambda arguments: " ".join(arguments[1:3]),
)
def test_with_a_database_of_ones_own_nothing_starts_without_a_key(
    settings: Settings, arguments: list[str]
) -> None:
    ended = run(settings, *arguments, PORT="0")
    assert ended.returncode != 0
    assert SAID in ended.stdout + ended.stderr
    if "plunk" in arguments:
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [["project", "list"], ["openapi"], ["db", "upgrade"]])
def test_commands_that_seal_nothing_need_no_key(settings: Settings, arguments: list[str]) -> None:
    ended = run(settings, "-m", "plunk", *arguments)
    assert ended.returncode == 0, ended.stderr


def test_an_app_of_the_environment_has_its_key(settings: Settings) -> None:
    ended = run(settings, "-c", ASK, PLUNK_SECRET_KEY="k" * 32)
    assert json.loads(ended.stdout) == ["k" * 32]


def test_a_short_key_is_refused_by_the_variable(settings: Settings) -> None:
    ended = run(settings, "-m", "plunk", "worker", "--burst", PLUNK_SECRET_KEY="hunter2")
    assert ended.returncode == 1
    assert "PLUNK_SECRET_KEY: holds a key of fewer than 32 characters" in ended.stderr
    assert "hunter2" not in ended.stderr


SEALING = """
import sys
from plunk.cli.context import app_of
from plunk.signing.seals import seal, unseal
with app_of("tests"):
    print(unseal(sys.argv[1]) if sys.argv[1:] else seal("whsec_kept"))
"""


def test_commands_at_the_same_home_open_what_another_sealed(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    with program("-W", "ignore", "-c", SEALING, PLUNK_HOME=home) as first:
        sealed = first.communicate(timeout=180)[0].strip().splitlines()[-1]
    with program("-W", "ignore", "-c", SEALING, sealed, PLUNK_HOME=home) as second:
        assert second.communicate(timeout=180)[0].strip() == "whsec_kept"
