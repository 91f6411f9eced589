"""`plunk user`: people, their passwords and their links."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from plunk.cli.main import main
from plunk.config import Settings
from plunk.db.base import new_id
from tests.conftest import TestProject
from tests.dashboard.visiting import PASSWORD, Visit, person

Run = Callable[..., Result]


@pytest.fixture
def plunk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, answers its result."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("PLUNK_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("PLUNK_URL", "https://plunk.example.com/")

    def run(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, ["user", *arguments], input=given)

    return run


@pytest.fixture
def email() -> str:
    return f"{new_id().hex}@example.com"


def test_a_user_is_made_with_a_link_that_works(
    app: Flask, plunk: Run, email: str, project: TestProject
) -> None:
    person(app)  # somebody is there already: this is not the first user
    made = plunk("create", email.upper(), "--project", str(project.id), "--role", "owner")
    assert made.exit_code == 0, made.output
    link = made.stdout.split()[-1]
    assert link.startswith("https://plunk.example.com/dashboard/password/")
    visit = Visit(app, project.id)
    path = link.removeprefix("https://plunk.example.com")
    assert email in visit.get(path).text
    visit.post(path, {"password": PASSWORD, "again": PASSWORD})
    assert visit.get("{project}/settings/audit").status_code == 200, "an owner"


def test_a_password_can_come_from_standard_input(app: Flask, plunk: Run, email: str) -> None:
    made = plunk("create", email, "--password-stdin", given=f"{PASSWORD}\n")
    assert made.exit_code == 0 and "Link" not in made.stdout
    assert Visit(app).sign_in(email).status_code == 303


def test_somebody_who_is_there_is_let_into_a_further_project(
    app: Flask, plunk: Run, project: TestProject
) -> None:
    known = person(app)
    made = plunk("create", known.email, "--project", str(project.id))
    assert made.exit_code == 0 and "Link" not in made.stdout, made.output
    visit = Visit(app, project.id)
    visit.sign_in(known.email)
    assert visit.get("{project}").status_code == 200
    assert visit.get("{project}/settings/audit").status_code == 403, "a member unless told otherwise"


def test_users_are_listed_with_their_projects(
    app: Flask, plunk: Run, email: str, project: TestProject
) -> None:
    plunk("create", email, "--project", str(project.id))
    (mine,) = [each for each in json.loads(plunk("list", "--json").stdout) if each["email"] == email]
    assert mine["hasPassword"] is False
    assert [(each["id"], each["role"]) for each in mine["projects"]] == [(str(project.id), "member")]
    assert "has not chosen a password yet" in plunk("list").stdout


def test_a_password_is_reset_by_a_link_or_at_once(app: Flask, plunk: Run, project: TestProject) -> None:
    known = person(app, project.id)
    visit = Visit(app, project.id)
    visit.sign_in(known.email)
    link = plunk("password", known.email).stdout.split()[-1].removeprefix("https://plunk.example.com")
    assert visit.get("{project}").status_code == 200, "until the link is used"
    assert Visit(app).get(link).status_code == 200
    reset = plunk("password", known.email, "--password-stdin", given="another long secret\n")
    assert reset.exit_code == 0 and "1 sessions ended" in reset.stderr, reset.output
    assert visit.get("{project}").status_code == 303
    assert Visit(app).sign_in(known.email, "another long secret").status_code == 303


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "no address"], "EMAIL"),
        (
            ["create", "a@example.com", "--project", "01890a5d-ac96-774b-bcce-b302099a8057"],
            "No project has the id",
        ),
        (["password", "nobody@example.com"], "There is no user with the address nobody@example.com"),
        (["create", "b@example.com", "--password-stdin"], "at least 10 characters"),
    ],
)
def test_what_cannot_be_is_a_sentence(app: Flask, plunk: Run, arguments: list[str], said: str) -> None:
    person(app)
    result = plunk(*arguments, given="short\n")
    assert result.exit_code != 0 and said in result.stderr, result.output


def test_a_user_who_is_there_is_not_made_again(app: Flask, plunk: Run) -> None:
    known = person(app)
    result = plunk("create", known.email)
    assert result.exit_code == 1 and "already" in result.stderr


def test_help_teaches_with_examples(plunk: Run) -> None:
    assert "plunk user create ada@example.com" in plunk("create", "--help").stdout
    assert "plunk user password ada@example.com" in plunk("password", "--help").stdout
