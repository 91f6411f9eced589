"""`plunk plugins`, and what every way to start plunk says of a plugin that refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk.cli.main import main
from plunk.config import Settings
from tests.conftest import Install
from tests.live import ROOT

Plunk = Callable[..., Result]
OPERATOR = """
    from plunk import hookimpl
    from plunk.filters.fields import Kind
    from plunk.filters.operator import Operator

    class IsShouting(Operator):
        key, label, kinds = "isShouting", "is written in capitals", (Kind.DATA,)
        example = {"field": "data.name", "operator": "isShouting"}

    @hookimpl
    def plunk_filter_operators():
        return [IsShouting()]
"""
REFUSING = """
    from plunk import hookimpl
    from plunk.config import BadSetting

    @hookimpl
    def plunk_setup(app):
        raise BadSetting("MOON must be full or new")
"""
SENTENCE = "Plugin 'moon' refuses its settings: MOON must be full or new."


@pytest.fixture
def plunk(monkeypatch: pytest.MonkeyPatch) -> Plunk:
    """Runs a command where no database and no queue answer."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    return lambda *arguments: CliRunner().invoke(main, arguments)


def rows(plunk: Plunk) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in json.loads(plunk("plugins", "--json").stdout)}


def test_plugins_are_listed_with_what_they_answer_and_bring(install: Install, plunk: Plunk) -> None:
    install("shouting", OPERATOR, distribution="plunk-shouting")
    found = rows(plunk)
    assert found["shouting"] == {
        "name": "shouting",
        "state": "installed",
        "distribution": "plunk-shouting 1",
        "hooks": ["plunk_filter_operators"],
        "operators": ["isShouting"],
    }
    assert found["plunk.filters"]["state"] == "built-in"
    assert "equals" in found["plunk.filters"]["operators"]
    table = plunk("plugins").stdout.splitlines()
    assert table[0].split() == ["plugin", "from", "answers", "brings"]
    line = next(line for line in table if line.startswith("shouting"))
    assert line.split() == ["shouting", "plunk-shouting", "1", "plunk_filter_operators", "isShouting"]


def test_a_disabled_plugin_is_listed_as_such(
    install: Install, plunk: Plunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("shouting", OPERATOR)
    monkeypatch.setenv("PLUNK_DISABLED_PLUGINS", "shouting")
    found = rows(plunk)["shouting"]
    assert (found["state"], found["hooks"], found["operators"]) == ("disabled", [], [])
    assert "shouting 1 (disabled)" in plunk("plugins").stdout


@pytest.mark.parametrize("command", ["plugins", "openapi"])
def test_commands_without_a_database_say_which_plugin_refuses(
    install: Install, plunk: Plunk, command: str
) -> None:
    install("moon", REFUSING)
    result = plunk(command)
    assert result.exit_code == 1 and f"Error: {SENTENCE}" in result.stderr


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of the tests, for commands and the processes they start."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("PLUNK_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("PORT", "0")


@pytest.mark.parametrize("command", ["up", "worker", "scheduler", "project list"])
def test_plunk_does_not_start_with_a_plugin_that_refuses(
    install: Install, environment: None, command: str
) -> None:
    install("moon", REFUSING)
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 1 and SENTENCE in result.stderr, result.output
    assert "Traceback" not in result.output


def test_check_names_the_plugin_that_refuses(install: Install, environment: None) -> None:
    install("moon", REFUSING)
    assert f"FAIL  plugins: {SENTENCE}" in CliRunner().invoke(main, ["check"]).stdout


@pytest.mark.parametrize("what", ["wsgi:app", "plunk.serving:application()"])
def test_gunicorn_ends_with_a_sentence_and_no_traceback(
    install: Install, environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    install("moon", REFUSING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", what, "--bind", "127.0.0.1:0", "--no-control-socket"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode != 0 and SENTENCE in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr
