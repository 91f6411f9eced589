"""The link of the first start, which makes the first user."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plunk import clock
from plunk.accounts import links, members, signing_in, users
from plunk.accounts.errors import LinkNotFound
from plunk.cli import first_start
from plunk.config import Settings
from plunk.db import migrate
from plunk.db.session import transaction
from plunk.testing import databases
from plunk.testing.apps import own_app
from tests.dashboard.visiting import PASSWORD, Visit
from tests.live import at_once


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
