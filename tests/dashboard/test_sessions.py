"""Sessions: when they end, whose they are."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from plunk import clock
from plunk.accounts import links, sessions, upkeep, users
from plunk.accounts.people import UserLink, UserSession
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.testing.apps import own_app
from tests.conftest import TestProject
from tests.dashboard.visiting import Visit, person


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
