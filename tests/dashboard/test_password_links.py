"""The link with which one chooses a password."""

from __future__ import annotations

import pytest
from flask import Flask

from plunk.accounts import links, users
from plunk.db.session import transaction
from tests.conftest import TestProject
from tests.dashboard.visiting import PASSWORD, Visit, person


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"password": PASSWORD, "again": "another"}, "The two passwords differ"),
        ({"password": "a" * 1001, "again": "a" * 1001}, "Too long"),
        ({}, "at least 10 characters"),
    ],
)
def test_a_password_that_does_not_do_is_refused_with_a_sentence(
    app: Flask, context: None, form: dict[str, str], said: str
) -> None:
    someone = person(app)
    with transaction():
        token = links.password_token(users.get_user(someone.id))
    visit = Visit(app)
    visit.get(f"/dashboard/password/{token}")
    response = visit.post(f"/dashboard/password/{token}", form)
    assert response.status_code == 422 and said in response.text
    assert PASSWORD not in response.text, "what was typed is not sent back"


def test_a_link_chooses_a_password_once_and_ends_all_sessions(
    app: Flask, project: TestProject, context: None
) -> None:
    someone = person(app, project.id)
    signed_in = Visit(app, project.id)
    signed_in.sign_in(someone.email)
    with transaction():
        token = links.password_token(users.get_user(someone.id))
    visit = Visit(app, project.id)
    assert someone.email in visit.get(f"/dashboard/password/{token}").text
    form = {"password": "a new long secret", "again": "a new long secret"}
    assert visit.post(f"/dashboard/password/{token}", form).status_code == 303
    assert visit.get("{project}").status_code == 200
    assert signed_in.get("{project}").status_code == 303
    assert Visit(app).sign_in(someone.email).status_code == 422
    used = Visit(app).get(f"/dashboard/password/{token}")
    assert used.status_code == 404 and "This link does not work any more" in used.text
