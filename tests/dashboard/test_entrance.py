"""The way in: first start, signing in and out, one-time links, throttling, sessions that end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import delete, select

from plunk import clock
from plunk.accounts import links, members, passwords, sessions, signing_in, throttle, upkeep, users
from plunk.accounts.errors import LinkNotFound, TooManyTries, WrongPassword
from plunk.accounts.people import AuditEntry, LoginTries, User, UserLink, UserSession
from plunk.cli import first_start
from plunk.config import Settings
from plunk.db import migrate
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.testing import databases
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
    sentence = "This address and this password do not belong together."
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


def test_tries_are_counted_by_account_and_address_together(app: Flask, project: TestProject) -> None:
    visit, someone = Visit(app), person(app, project.id)
    visit.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    for _ in range(10):
        assert visit.sign_in(someone.email, "guess").status_code == 422
    refused = visit.sign_in(someone.email)
    assert refused.status_code == 429, "even the right password, or guessing would go on"
    assert 0 < int(refused.headers["Retry-After"]) <= 901 and "Too many tries" in refused.text
    elsewhere = Visit(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.2"
    assert elsewhere.sign_in(someone.email).status_code == 303, "a stranger locks nobody out"


def test_one_address_may_not_try_all_accounts_nor_all_addresses_one(app: Flask, context: None) -> None:
    with transaction():
        db.session.execute(delete(LoginTries))

    def tries(email: str, ip: str) -> bool:
        try:
            with transaction():
                throttle.count(email, ip)
        except TooManyTries:
            return False
        return True

    assert all(tries(f"n{n}@example.com", "192.0.2.7") for n in range(100))
    assert not tries("another@example.com", "192.0.2.7")
    assert all(tries("one@example.com", f"2001:db8:{n:x}::1") for n in range(200))
    assert not tries("one@example.com", "2001:db8:ffff::1")
    with transaction():
        db.session.execute(delete(LoginTries))


def test_addresses_of_one_ipv6_network_are_one(app: Flask, context: None) -> None:
    for n in range(10):
        with transaction():
            throttle.count("six@example.com", f"2001:db8::{n:x}")
    with pytest.raises(TooManyTries), transaction():
        throttle.count("six@example.com", "2001:db8::ffff:1")


def test_guesses_at_the_same_moment_are_all_counted(app: Flask, context: None) -> None:
    def guess() -> bool:
        with app.app_context():
            try:
                with transaction():
                    throttle.count("crowd@example.com", "192.0.2.9")
            except TooManyTries:
                return False
            return True

    assert sum(at_once([guess] * 16)) == 10


def test_a_window_later_one_may_try_again(app: Flask, context: None) -> None:
    for _ in range(11):
        with transaction():
            try:
                throttle.count("later@example.com", "192.0.2.10")
            except TooManyTries:
                pass
    with clock.moved(timedelta(minutes=16)), transaction():
        throttle.count("later@example.com", "192.0.2.10")
        upkeep.forget_old()


def test_a_session_ends_when_idle_and_in_any_case(app: Flask, project: TestProject) -> None:
    visit = Visit(app, project.id)
    visit.sign_in(person(app, project.id).email)
    for day in range(0, 84, 12):
        with clock.moved(timedelta(days=day)):
            assert visit.get("{project}").status_code == 200, "visits put the end off"
    with clock.moved(timedelta(days=87)):
        assert visit.get("{project}").status_code == 303, "14 days without a visit"
    other = Visit(app, project.id)
    other.sign_in(person(app, project.id).email)
    for day in range(0, 90, 10):
        with clock.moved(timedelta(days=day)):
            assert other.get("{project}").status_code == 200
    with clock.moved(timedelta(days=91)):
        assert other.get("{project}").status_code == 303, "90 days are the end"


def test_ended_sessions_and_links_are_swept_away(app: Flask, context: None) -> None:
    someone = person(app)
    with transaction():
        sessions.begin(someone.id, agent="", ip="")
        links.password_token(users.get_user(someone.id))
    with clock.moved(timedelta(days=100)), transaction():
        upkeep.forget_old()
    for table in (UserSession, UserLink):
        assert db.session.scalar(select(table).where(table.user_id == someone.id)) is None


@pytest.fixture
def nobody(settings: Settings, tmp_path) -> Settings:
    """Settings on a database in which there is no user yet."""
    name = f"first_{tmp_path.name}".replace("-", "_").lower()[:60]
    with databases._admin(settings.database_url) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_for_tests")
    fresh = replace(settings, database_url=databases._named(settings.database_url, name))
    migrate.upgrade(fresh)
    return fresh


def test_the_first_start_makes_the_first_user_and_the_owner_of_what_is_there(nobody: Settings) -> None:
    start = first_start.prepare(nobody)
    assert start.project
    with own_app(nobody) as app:
        visit = Visit(app)
        assert visit.get(start.setup).status_code == 200
        response = visit.post(
            start.setup, {"email": "ADA@example.com", "password": PASSWORD, "again": PASSWORD}
        )
        assert response.status_code == 303, response.text
        assert visit.get("/dashboard/").location == f"/dashboard/{start.project.id}/"
        with app.app_context():
            (ada,) = users.list_users()
            assert ada.email == "ada@example.com"
            (theirs,) = members.memberships(ada.id)
            assert theirs.role == "owner" and theirs.project.id == start.project.id
        assert Visit(app).get(start.setup).status_code == 404, "it worked once"
    assert first_start.prepare(nobody).setup == "", "somebody is there"


def test_without_a_project_the_first_user_gets_one(nobody: Settings) -> None:
    with own_app(nobody) as app:
        with app.app_context(), transaction():
            token = links.setup_token()
        visit = Visit(app)
        visit.get(f"/dashboard/setup/{token}")
        visit.post(
            f"/dashboard/setup/{token}", {"email": "a@example.com", "password": PASSWORD, "again": PASSWORD}
        )
        home = visit.get("/dashboard/", follow_redirects=True)
        assert "My project" in home.text


def test_two_at_the_door_of_the_first_start_make_one_user(nobody: Settings) -> None:
    with own_app(nobody) as app:
        with app.app_context(), transaction():
            token = links.setup_token()

        def come(n: int) -> bool:
            with app.app_context():
                try:
                    with transaction():
                        signing_in.set_up(token, f"n{n}@example.com", PASSWORD, agent="", ip="")
                except LinkNotFound:
                    return False
                return True

        assert sum(at_once([lambda n=n: come(n) for n in range(4)])) == 1
        with app.app_context():
            assert len(users.list_users()) == 1


def test_a_new_setup_link_replaces_the_old_one_and_lasts_a_day(nobody: Settings) -> None:
    with own_app(nobody) as app, app.app_context():
        with transaction():
            old = links.setup_token()
        with transaction():
            new = links.setup_token()
        with pytest.raises(LinkNotFound):
            links.look_at_setup(old)
        links.look_at_setup(new)
        with clock.moved(timedelta(hours=25)), pytest.raises(LinkNotFound):
            links.look_at_setup(new)


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


def test_an_odd_cookie_is_nobody(app: Flask, project: TestProject) -> None:
    visit = Visit(app, project.id)
    for odd in ("x", "a" * 4000, "ü", "%00"):
        visit.client.set_cookie("plunk_session", odd)
        assert visit.get("{project}").status_code == 303


def test_of_addresses_a_proxy_names_only_the_trusted_ones_count(settings: Settings) -> None:
    with own_app(settings, proxies=1) as app:
        someone, visit = person(app), Visit(app)
        visit.client.environ_base["HTTP_X_FORWARDED_FOR"] = "6.6.6.6, 192.0.2.33"
        visit.sign_in(someone.email)
        with app.app_context():
            assert sessions.list_sessions(someone.id)[0].ip == "192.0.2.33"
