"""Names as long as they may be, without a blank: no page is wider than the smallest screen, nothing leaves its box."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from plunk.accounts import audit, keys, members, service, users
from plunk.accounts.people import MEMBER
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import files
from plunk.testing.apps import new_project
from plunk.webhooks.models import WebhookDelivery
from tests.api import Api
from tests.dashboard.browser import WIDE, scrolls_sideways, sign_in
from tests.dashboard.filling import fill
from tests.dashboard.shots import FULL, OWNER, SHOTS
from tests.dashboard.visiting import PASSWORD, person
from tests.live import clear, work_off

SMALLEST = (360, 740)
LONG = "W" * 100
EMAIL = f"{'w' * 64}@{'w' * 63}.{'w' * 63}.example.com"
URL = f"https://{'w' * 63}.example.com/{'W' * 300}"
SEGMENTS = ("segment", "static", "young", "second", "nested")


@pytest.fixture(scope="module")
def values(app: Flask, settings: Settings) -> dict[str, str]:
    """A full project in which every name is long; what paths of its pages name."""
    clear(app)
    project = new_project(app, LONG)
    ids = fill(app, project.secret_key)
    api = Api(app.test_client(), project.secret_key)
    for n, name in enumerate(SEGMENTS):
        change = {"name": f"{LONG[:98]}{n}", "description": LONG}
        assert api.patch(f"/segments/{ids[name]}", change).status_code == 200
    long_one = api.segment(
        f"{LONG[:98]}x",
        {"field": f"data.{LONG}", "operator": "in", "value": [LONG, LONG.lower()]},
        {"field": f"event.{LONG}", "operator": "triggered"},
        {"field": f"segment.{ids['segment']}", "operator": "memberOfSegment"},
        trackMembership=True,
    )
    for email in (EMAIL, api.get(f"/contacts/{ids['contact']}").json["email"]):
        api.track(email, LONG, data={LONG: LONG, "plan": LONG, "city": LONG})
    api.post(f"/segments/{ids['static']}/members", {"emails": [EMAIL]})
    change = {"url": URL, "description": LONG, "events": [LONG, "segment.*"], "enabled": False}
    assert api.patch(f"/webhooks/{ids['webhook']}", change).status_code == 200
    project_id = UUID(str(project.id))
    with app.app_context(), transaction():
        keys.create_key(project_id, "secret", name=LONG)
        actor = audit.Actor(None, EMAIL, LONG)
        audit.record(project_id, actor, "key.created", subject=LONG, name=LONG)
        service.set_project(project_id, name=LONG)
        members.add_member(project_id, users.create_user(EMAIL, password=PASSWORD).id, MEMBER)
    ids |= _files(app, api, project_id)
    work_off(settings)
    with app.app_context(), transaction():
        answer = {"error": LONG, "response_body": LONG, "response_status": 500}
        db.session.execute(
            update(WebhookDelivery).where(WebhookDelivery.project_id == project_id).values(**answer)
        )
    return {
        **ids,
        "long": long_one["id"],
        "project": f"/dashboard/{project.id}",
        "email": person(app, project.id).email,
    }


def _files(app: Flask, api: Api, project_id: UUID) -> dict[str, str]:
    """An import and an upload that waits: their names, headers and cells."""
    content = f"email,{LONG}\n{EMAIL},{LONG}\n{LONG},{LONG}\n".encode()
    started = api.post("/contacts/import", data={"file": (io.BytesIO(content), f"{LONG}.csv")})
    assert started.status_code == 202, started.json
    with app.app_context(), files.Text(io.BytesIO(content)) as upload, transaction():
        waiting = files.store(project_id, upload, name=f"{LONG}.csv")
        return {"import": started.json["jobId"], "upload": str(waiting.id)}


def pick_a_field(page: Page) -> None:
    page.get_by_label("Field of condition 1").click()
    page.get_by_role("option", name=LONG).first.wait_for()


def pick_a_member(page: Page) -> None:
    page.get_by_label("Add somebody").press_sequentially("www")
    page.get_by_role("option", name=EMAIL).wait_for()


def paste_an_unknown_one(page: Page) -> None:
    page.get_by_text("Paste a list").click()
    page.get_by_label("Addresses").fill("v" + EMAIL[1:])
    page.get_by_role("button", name="Add all").click()
    page.get_by_text("No contact has these").wait_for()


def open_switcher(page: Page) -> None:
    page.locator("details.menu > summary:visible").first.click()
    items = page.locator("details.menu[open] > .menu-items")
    assert items.evaluate(HIDDEN) == [], "all of the menu can be seen"


# What of a menu its surroundings cut off.
HIDDEN = """(menu) => [menu, ...menu.querySelectorAll("*")].filter((each) => {
  const { left, right } = each.getBoundingClientRect(), side = menu.closest(".side").getBoundingClientRect();
  return left < side.left || right > side.right;
}).map((each) => each.outerHTML.slice(0, 160))"""

TABS = ("", "/members", "/rule", "/why?contact={contact}", "/use", "/settings", "/changes")
LOOKS: list[tuple[str, Callable[[Page], object] | None]] = [
    *((shot.path, shot.act) for shot in SHOTS if FULL in shot.projects and shot.who == OWNER),
    *((f"{{project}}/segments/{{long}}{tab}", None) for tab in TABS),
    ("{project}/segments/{long}/rule", pick_a_field),
    ("{project}/segments/{static}/members", pick_a_member),
    ("{project}/segments/{static}/settings", None),
    (f"{{project}}/contacts/field?key={LONG}", None),
    (f"{{project}}/events/one?name={LONG}", None),
    ("{project}", open_switcher),
    ("{project}/contacts?search=www", None),
    ("{project}/segments/{static}/members?q=www", None),
    ("{project}/segments/{static}/members", paste_an_unknown_one),
]


@pytest.fixture(scope="module")
def visit(browser: Browser, dashboard_url: str, values: dict[str, str]) -> Iterator[Page]:
    context = browser.new_context(base_url=dashboard_url, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    sign_in(page, dashboard_url, values["email"], PASSWORD)
    yield page
    context.close()


# What its box cannot hold. What may be scrolled or is cut on purpose is fine; buttons in tables stand out a little.
SPILLED = """() => {
  const holds = (box) => getComputedStyle(box).overflowX !== "visible";
  const spills = (element) => {
    if (!element.checkVisibility() || element.closest(".unseen, svg, .pick-list")) return false;
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (holds(box) || getComputedStyle(box).position === "absolute") return false;
      if (!box.matches(".card, td, th, .chip, main, dialog")) continue;
      const outer = box.getBoundingClientRect(), inner = element.getBoundingClientRect();
      if (inner.width > 1 && (inner.right > outer.right + 12 || inner.left < outer.left - 12)) return true;
    }
    return false;
  };
  return [...document.querySelectorAll("body *")].filter(spills).map((element) => element.outerHTML.slice(0, 160));
}"""


@pytest.mark.parametrize(("path", "act"), LOOKS)
def test_long_names_widen_no_page(
    visit: Page, values: dict[str, str], path: str, act: Callable[[Page], object] | None
) -> None:
    visit.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    answer = visit.goto(path.format(**values))
    assert answer is not None and answer.status < 400, "the page must be there, or nothing was tried"
    expect(visit.locator(".htmx-request")).to_have_count(0)
    if act:
        act(visit)
    assert (visit.evaluate(SPILLED), scrolls_sideways(visit)) == ([], False)
    visit.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    assert (visit.evaluate(SPILLED), scrolls_sideways(visit)) == ([], False)
