"""People of one project, signed in; and a browser where a page needs one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete

from plunk.accounts.people import MEMBER, LoginTries
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from tests.conftest import TestProject
from tests.dashboard.browser import WIDE, Faults, chromium, give_session, need_chromium
from tests.dashboard.visiting import Person, Visit, person, session, visiting
from tests.journeys.processes import web, workers_and_scheduler


@pytest.fixture(autouse=True)
def nobody_waits(app: Flask) -> None:
    """All tests sign in from one address, which would soon have tried too often."""
    with app.app_context(), transaction():
        db.session.execute(delete(LoginTries))


@pytest.fixture
def owner(app: Flask, project: TestProject) -> Visit:
    """An owner of this test's project, signed in."""
    return visiting(app, project.id)


@pytest.fixture
def member(app: Flask, project: TestProject) -> Visit:
    """A member of it who is no owner, signed in."""
    return visiting(app, project.id, MEMBER)


@pytest.fixture
def stranger(app: Flask) -> Visit:
    """Somebody who is not signed in."""
    return Visit(app)


@pytest.fixture(scope="session")
def dashboard_url(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real web server, for all browser tests of this process."""
    need_chromium()
    folder: Path = tmp_path_factory.mktemp("dashboard")
    with web(settings, folder / "web.log") as url:
        yield url


@pytest.fixture
def working(alone: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Worker and scheduler beside this one test: left running, they would take the work of tests that come later."""
    with workers_and_scheduler(settings, tmp_path):
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One chromium for all tests of this process. It waits as long as for other programs: many tests run at once."""
    need_chromium()
    expect.set_options(timeout=15_000)
    with chromium() as browser:
        yield browser


@pytest.fixture
def someone(app: Flask, project: TestProject) -> Person:
    """The owner of this test's project whom `page` signs in."""
    return person(app, project.id)


@pytest.fixture
def anonymous_page(browser: Browser, dashboard_url: str) -> Iterator[Page]:
    """A window of somebody who is not signed in. At the end no script may have failed, nothing been refused."""
    context = _window(browser, dashboard_url)
    page = context.new_page()
    faults = Faults(page)
    yield page
    context.close()
    assert not faults.others("Failed to load resource"), faults.seen


@pytest.fixture
def page(app: Flask, anonymous_page: Page, dashboard_url: str, someone: Person) -> Page:
    """A window in which an owner of this test's project is signed in: paths are relative to the server."""
    give_session(anonymous_page, dashboard_url, session(app, someone))
    return anonymous_page


@pytest.fixture
def place(project: TestProject) -> str:
    """`/dashboard/<id>` of this test's project."""
    return f"/dashboard/{project.id}"


def _window(browser: Browser, url: str) -> BrowserContext:
    context = browser.new_context(
        base_url=url, viewport={"width": WIDE[0], "height": WIDE[1]}, reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(15_000)
    return context
