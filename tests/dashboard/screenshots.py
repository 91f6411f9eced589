"""`make screenshots`: every page of the list, wide and narrow, light and dark, empty and full, into build/screenshots.

python -m tests.dashboard.screenshots [part of a name …]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Flask
from playwright.sync_api import Browser, expect

from plunk.accounts import audit, links, members, users
from plunk.accounts.people import MEMBER, OWNER, User
from plunk.config import Settings
from plunk.dashboard.ground import error_pages
from plunk.db import migrate
from plunk.db.session import transaction
from plunk.embedded.servers import servers
from plunk.testing.apps import new_project, own_app
from tests.dashboard.browser import (
    CHROMIUM,
    NARROW,
    NEEDS_CHROMIUM,
    WIDE,
    chromium,
    scrolls_sideways,
    sign_in,
)
from tests.dashboard.filling import fill
from tests.dashboard.shots import EMPTY, FULL, NEWCOMER, NOBODY, SHOTS, Shot
from tests.dashboard.shots import MEMBER as A_MEMBER
from tests.dashboard.shots import OWNER as AN_OWNER
from tests.dashboard.visiting import PASSWORD
from tests.journeys.processes import web, workers_and_scheduler

FOLDER = Path("build/screenshots")
# What sticks to the edge of the window would stand in the middle of a picture of the whole page.
UNSTICK = """() => document.querySelectorAll(".foot").forEach((bar) => {
  bar.style.position = "static";
})"""
EMAILS = {AN_OWNER: "ada@example.com", A_MEMBER: "bob@example.com", NEWCOMER: "dora@example.com"}


@dataclass(frozen=True)
class Stage:
    """A server with something to see."""

    url: str
    values: dict[str, dict[str, str]]
    fault: str
    """The page that says that something went wrong on our side."""


def main(wanted: list[str]) -> int:
    """Shoots what has one of these words in its name; everything if there are none. Status 1: a page is too wide."""
    if not CHROMIUM:
        sys.stderr.write(f"{NEEDS_CHROMIUM}\n")
        return 1
    shots = [shot for shot in SHOTS if not wanted or any(word in shot.name for word in wanted)]
    if not wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    too_wide: list[str] = []
    with stage() as ready, chromium() as browser:
        for colours in ("light", "dark"):
            for size in (WIDE, NARROW):
                too_wide += _shoot_all(browser, ready, shots, colours=colours, size=size)
    for each in too_wide:
        sys.stderr.write(f"{each} scrolls sideways\n")
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}\n")
    return 1 if too_wide else 0


@contextmanager
def stage() -> Iterator[Stage]:
    """A home of its own with an empty and a full project, served."""
    with tempfile.TemporaryDirectory(prefix="plunk shots ") as name:
        folder = Path(name)
        with servers(
            Settings(home=folder / "home"), command="screenshots", stays=True, durable=False
        ) as settings:
            migrate.upgrade(settings)
            with own_app(settings, log_level="error") as app:
                empty, full = new_project(app, "Empty"), new_project(app, "Shop")
                with workers_and_scheduler(settings, folder):
                    ids = fill(app, full.secret_key)
                    with app.app_context(), transaction():
                        ada = users.create_user(EMAILS[AN_OWNER], password=PASSWORD)
                        bob = users.create_user(EMAILS[A_MEMBER], password=PASSWORD)
                        users.create_user(EMAILS[NEWCOMER], password=PASSWORD)
                        carl = users.create_user("carl.with-a-long-name@customers.example.org")
                        for project in (empty, full):
                            members.add_member(project.id, ada.id, OWNER)
                        for user in (bob, carl):
                            members.add_member(full.id, user.id, MEMBER)
                        values = {"setup": links.setup_token(), "password": links.password_token(bob)}
                        _do_things(full.id, ada)
                    with web(settings, folder / "web.log") as url:
                        yield Stage(
                            url,
                            {
                                "": values,
                                EMPTY: {**values, "project": f"/dashboard/{empty.id}"},
                                FULL: {**values, **ids, "project": f"/dashboard/{full.id}"},
                            },
                            _fault(app),
                        )


def _fault(app: Flask) -> str:
    with app.test_request_context("/dashboard/our-fault"):
        return error_pages.render(
            500, {"error": {"code": "", "message": "", "requestId": "8f1c2d9ab34e"}}
        ).get_data(as_text=True)


def _do_things(project_id: UUID, ada: User) -> None:
    """Something for the audit log to show."""
    actor = audit.Actor(ada.id, ada.email, "2001:db8:85a3::8a2e:370:7334")
    audit.record(project_id, audit.Actor(), "key.created", subject="sk_Zk3pQ0x…", kind="secret", name="Shop")
    audit.record(
        project_id, actor, "project.changed", subject="Shop", name="Shop", publicKeyMaySubscribe=True
    )
    audit.record(project_id, actor, "member.added", subject="carl.with-a-long-name@customers.example.org")
    audit.record(project_id, actor, "segment.deleted", subject="عملاء القاهرة")


def _shoot_all(
    browser: Browser, stage: Stage, shots: list[Shot], *, colours: str, size: tuple[int, int]
) -> list[str]:
    too_wide = []
    for who in (NOBODY, A_MEMBER, NEWCOMER, AN_OWNER):
        chosen = [shot for shot in shots if shot.who == who]
        if not chosen:
            continue
        context = browser.new_context(
            base_url=stage.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if colours == "dark" else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        page = context.new_page()
        page.route("**/our-fault", lambda route: route.fulfill(body=stage.fault, content_type="text/html"))
        if who:
            sign_in(page, stage.url, EMAILS[who], PASSWORD)
        for shot in chosen:
            for project in shot.projects or ("",):
                page.goto(shot.path.format(**stage.values[project]))
                expect(page.locator(".htmx-request")).to_have_count(0)
                if shot.act:
                    shot.act(page)
                name = "-".join(filter(None, (shot.name, project, str(size[0]), colours)))
                page.evaluate(UNSTICK)
                page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
                if scrolls_sideways(page):
                    too_wide.append(name)
        context.close()
    return too_wide


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
