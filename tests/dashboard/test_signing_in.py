"""Signing in and out: cookies, passwords, where one is sent then."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from plunk.accounts import passwords, sessions, signing_in, users
from plunk.accounts.errors import WrongPassword
from plunk.accounts.people import AuditEntry, User, UserSession
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.testing.apps import own_app
from tests.conftest import TestProject
from tests.dashboard.visiting import PASSWORD, Visit, person
from tests.live import at_once


def cookie(response, name: str) -> str:
    return next(each for each in response.headers.getlist("Set-Cookie") if name in each)


def test_one_signs_in_and_out(app: Flask, project: TestProject) -> None:
    visit = Visit(app, project.id)
    response = visit.sign_in(person(app, project.id).email)
    assert response.status_code == 303 and response.location == "/dashboard/"
    assert visit.get("/dashboard/").location == f"/dashboard/{project.id}/"
    assert visit.get("{project}").status_code == 200
    out = visit.post("/dashboard/logout")
    assert out.location == "/dashboard/login"
    assert visit.get("{project}").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask, project: TestProject) -> None:
    visit = Visit(app, project.id)
    given = cookie(visit.sign_in(person(app, project.id).email), "plunk_session")
    assert "HttpOnly" in given and "SameSite=Lax" in given and "Path=/" in given and "Secure" not in given


def test_with_https_cookies_are_secure_and_bound_to_the_host(app: Flask, project: TestProject) -> None:
    visit = Visit(app, project.id, base_url="https://localhost")
    response = visit.sign_in(person(app, project.id).email)
    assert response.status_code == 303
    for given in response.headers.getlist("Set-Cookie"):
        assert given.startswith("__Host-plunk_") and "Secure" in given and "Path=/" in given, given


def test_an_operator_who_says_https_gets_secure_cookies_behind_a_proxy(settings: Settings) -> None:
    with own_app(settings, url="https://plunk.example.com") as app:
        response = app.test_client().get("/dashboard/login")
        assert cookie(response, "plunk_page").startswith("__Host-") and "Secure" in cookie(
            response, "plunk_page"
        )


def test_every_sign_in_has_a_cookie_of_its_own_and_tables_hold_none_of_them(
    app: Flask, project: TestProject, context: None
) -> None:
    someone = person(app, project.id)
    given = [cookie(Visit(app).sign_in(someone.email), "plunk_session").split(";")[0] for _ in range(2)]
    tokens = {each.partition("=")[2].encode() for each in given}
    assert len(tokens) == 2
    stored = set(db.session.scalars(select(UserSession.token_hash).where(UserSession.user_id == someone.id)))
    assert len(stored) == 2 and not stored & tokens


@pytest.mark.parametrize("email", ["nobody@example.com", "", "no address", "a" * 5000, "x\x00@example.com"])
def test_a_wrong_address_says_what_a_wrong_password_says(
    app: Flask, project: TestProject, email: str
) -> None:
    wrong = Visit(app).sign_in(person(app, project.id).email, "not the password").text
    unknown = Visit(app).sign_in(email, "not the password").text
    sentence = "Wrong e-mail or password."
    assert sentence in wrong and sentence in unknown


def test_a_person_who_does_not_exist_takes_as_long_as_one_who_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Counted:
        def verify(self, stored: str, given: str) -> bool:
            seen.append(stored)
            return real.verify(stored, given)

    real = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counted())
    assert not passwords.matches("anything", None)
    assert not passwords.matches("the password of nobody", None)
    assert len(seen) == 2 and all(each.startswith("$argon2id$") for each in seen)


def test_an_address_is_the_same_in_capitals(app: Flask, project: TestProject) -> None:
    assert Visit(app).sign_in(f"  {person(app, project.id).email.upper()} ").status_code == 303


def test_a_letter_typed_in_two_ways_is_the_same_letter(app: Flask, context: None) -> None:
    stored = passwords.hashed("Zürich im Frühling")
    assert passwords.matches("Zu\u0308rich im Fru\u0308hling", stored)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/contacts",
        "javascript:alert(1)",
        "/dashboardx",
    ]
    + ["/dashboard/\\evil", "\t//evil.example", "/dashboard\r\nSet-Cookie: a=b", "dashboard/contacts"],
)
def test_after_signing_in_one_is_sent_to_pages_of_ours_only(
    app: Flask, project: TestProject, target: str
) -> None:
    response = Visit(app).sign_in(person(app, project.id).email, next=target)
    assert response.status_code == 303 and response.location == "/dashboard/"


def test_one_comes_to_the_page_one_wanted(app: Flask, project: TestProject) -> None:
    visit = Visit(app, project.id)
    sent = visit.get("{project}/contacts?search=ada")
    assert "next=" in sent.location
    response = visit.sign_in(
        person(app, project.id).email, next=f"/dashboard/{project.id}/contacts?search=ada"
    )
    assert response.location == f"/dashboard/{project.id}/contacts?search=ada"


def test_whoever_has_no_password_cannot_sign_in(app: Flask, context: None) -> None:
    with transaction():
        users.create_user("waiting@example.com")
    for guess in ("", "the password of nobody", "None"):
        with pytest.raises(WrongPassword):
            signing_in.check_password("waiting@example.com", guess)


def test_an_old_hash_is_renewed_by_signing_in(app: Flask, context: None) -> None:
    someone = person(app)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with transaction():
        users.get_user(someone.id).password_hash = weak
    assert Visit(app).sign_in(someone.email).status_code == 303
    db.session.expire_all()
    now = db.session.scalar(select(User.password_hash).where(User.id == someone.id))
    assert now != weak and not passwords.is_outdated(now)


def test_a_session_is_not_begun_with_a_password_that_was_changed_meanwhile(app: Flask) -> None:
    someone = person(app)
    with app.app_context():
        with transaction():
            user = signing_in.check_password(someone.email, PASSWORD)
            db.session.expunge(user)

        def change() -> bool:
            with app.app_context(), transaction():
                users.set_password(users.get_user(someone.id), "changed in between")
            return True

        assert at_once([change]) == [True]
        with pytest.raises(WrongPassword), transaction():
            signing_in.sign_in(user, PASSWORD, agent="", ip="")
        assert sessions.list_sessions(someone.id) == []


def test_signing_in_stands_in_the_audit_log_of_each_project(
    app: Flask, project: TestProject, context: None
) -> None:
    someone = person(app, project.id)
    Visit(app).sign_in(someone.email)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.project_id == project.id)).one()
    assert (entry.action, entry.user_email, entry.ip) == ("user.signed_in", someone.email, "127.0.0.1")
