"""The command line, on the servers of the tests."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from plunk.cli.main import main
from plunk.config import Settings
from tests.api import Api


@pytest.fixture
def plunk(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Runs a command, answers its result."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("PLUNK_SECRET_KEY", settings.secret_key)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def made(plunk) -> dict[str, str]:
    return json.loads(plunk("project", "create", "Shop", "--json").stdout)


def test_a_project_is_made_with_keys_that_work(app: Flask, made: dict[str, str]) -> None:
    assert made.keys() == {"id", "name", "publicKey", "secretKey"} and UUID(made["id"])
    assert Api(app.test_client(), made["secretKey"]).get("/contacts").status_code == 200
    tracked = Api(app.test_client(), made["publicKey"]).track("ada@example.com", "signed_up")
    assert tracked["contact"]


def test_projects_are_listed(plunk, made: dict[str, str]) -> None:
    assert made["id"] in plunk("project", "list").stdout
    assert made["id"] in {row["id"] for row in json.loads(plunk("project", "list", "--json").stdout)}


def test_a_nameless_project_is_refused_with_a_sentence(plunk) -> None:
    result = plunk("project", "create", " ")
    assert result.exit_code == 1 and "A project's name has 1 to 100 characters" in result.stderr


def test_a_public_key_may_subscribe_once_the_project_says_so(app: Flask, plunk, made: dict[str, str]) -> None:
    secret = Api(app.test_client(), made["secretKey"])
    secret.contact("ada@example.com", subscribed=False)
    assert plunk("project", "set", made["id"], "--public-key-may-subscribe").exit_code == 0
    Api(app.test_client(), made["publicKey"]).track("ada@example.com", "back", subscribed=True)
    assert secret.get("/contacts/by-email/ada@example.com").json["subscribed"] is True


def test_a_key_is_made_listed_without_being_shown_and_revoked(
    app: Flask, plunk, made: dict[str, str]
) -> None:
    key = json.loads(plunk("key", "create", made["id"], "--json").stdout)
    listed = plunk("key", "list", made["id"])
    assert key["id"] in listed.stdout and key["key"] not in listed.stdout
    assert plunk("key", "revoke", key["id"]).exit_code == 0
    assert Api(app.test_client(), key["key"]).get("/contacts").status_code == 401
    assert "revoked" in plunk("key", "list", made["id"]).stdout


def test_unknown_projects_and_keys_are_named(plunk) -> None:
    nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
    for arguments in (["key", "create", nobody], ["key", "list", nobody], ["key", "revoke", nobody]):
        result = plunk(*arguments)
        assert result.exit_code == 1 and nobody in result.stderr


def test_check_finds_nothing_wrong(plunk) -> None:
    result = plunk("check")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("ok") == 4


def test_check_says_what_is_wrong_and_what_to_do(plunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    result = plunk("check")
    assert result.exit_code == 1
    assert "check DATABASE_URL" in result.stdout and "check REDIS_URL" in result.stdout


def test_a_bad_setting_is_named(plunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    result = plunk("project", "list")
    assert result.exit_code == 1 and "PORT: 'eighty' is not a whole number" in result.stderr


def test_the_schema_can_be_upgraded_twice(plunk) -> None:
    assert plunk("db", "upgrade").exit_code == 0


def test_the_openapi_document_needs_no_database(plunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert json.loads(plunk("openapi").stdout)["openapi"] == "3.1.0"


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts back the handlers that a worker leaves behind in a process that lives on."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_a_worker_ends_when_there_is_nothing_left_to_do(plunk, signals: None) -> None:
    assert plunk("worker", "--burst").exit_code == 0


def test_help_begins_with_what_to_type_first(plunk) -> None:
    assert "Start with `plunk up`" in plunk("--help").stdout


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "postgresql://u:p@127.0.0.1:notaport/db"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("REDIS_URL", "redis://127.0.0.1:99999"),
        ("PORT", "99999"),
        ("PLUNK_WEB_THREADS", "0"),
        ("PLUNK_IDEMPOTENCY_HOURS", "99999999999"),
        ("PLUNK_STATEMENT_TIMEOUT_WEB_MS", "99999999999999"),
    ],
)
def test_a_setting_out_of_range_is_named_and_not_repeated(
    plunk, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    for arguments in (["check"], ["project", "list"]):
        result = plunk(*arguments)
        assert result.exit_code == 1 and variable in result.output, result.output
        assert "Traceback" not in result.output and "u:p@" not in result.output


def test_a_database_out_of_reach_is_a_sentence(plunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = plunk("project", "list")
    assert result.exit_code == 1 and "plunk check says more" in result.stderr
