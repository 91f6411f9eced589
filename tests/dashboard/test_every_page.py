"""Every page of a full project: for those who see badly, on the smallest screens, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from plunk.config import Settings
from plunk.testing.apps import new_project
from tests.dashboard.browser import WIDE, axe_faults, scrolls_sideways, sign_in
from tests.dashboard.filling import fill
from tests.dashboard.shots import BOTH, EMPTY, FULL, OWNER, SHOTS, Shot
from tests.dashboard.visiting import PASSWORD, Person, person
from tests.live import clear, work_off

SMALLEST = (360, 740)
# Rooms that have no such test of their own.
ROOMS = ("segment", "import", "webhook")
MINE = [shot for shot in SHOTS if shot.who == OWNER]


@dataclass(frozen=True)
class Stage:
    """Two projects, one with nothing in it, and who may see both."""

    values: dict[str, dict[str, str]]
    people: dict[str, Person]


@pytest.fixture(scope="module")
def stage(app: Flask, settings: Settings) -> Stage:
    clear(app)
    full, empty = new_project(app), new_project(app)
    ids = fill(app, full.secret_key)
    work_off(settings)
    return Stage(
        {
            FULL: {**ids, "project": f"/dashboard/{full.id}"},
            EMPTY: {"project": f"/dashboard/{empty.id}"},
        },
        {FULL: person(app, UUID(str(full.id))), EMPTY: person(app, UUID(str(empty.id)))},
    )


def shots_of(*names: str) -> list[Shot]:
    return [each for each in MINE if FULL in each.projects and each.name.startswith(names)]


@pytest.fixture(scope="module")
def full_page(browser: Browser, dashboard_url: str, stage: Stage) -> Iterator[Page]:
    context = browser.new_context(base_url=dashboard_url, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    sign_in(page, dashboard_url, stage.people[FULL].email, PASSWORD)
    yield page
    context.close()


@pytest.mark.parametrize("shot", shots_of(*ROOMS), ids=lambda shot: shot.name)
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(full_page: Page, stage: Stage, shot: Shot) -> None:
    for colours in ("light", "dark"):
        full_page.emulate_media(color_scheme=colours)
        for width, height in (SMALLEST, WIDE):
            full_page.set_viewport_size({"width": width, "height": height})
            full_page.goto(shot.path.format(**stage.values[FULL]))
            if shot.act:
                shot.act(full_page)
            assert axe_faults(full_page) == []
            assert not scrolls_sideways(full_page)


@pytest.fixture(scope="module", params=BOTH)
def scriptless(
    request: pytest.FixtureRequest, browser: Browser, dashboard_url: str, stage: Stage
) -> Iterator[tuple[Page, str]]:
    context = browser.new_context(base_url=dashboard_url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, dashboard_url, stage.people[request.param].email, PASSWORD)
    yield page, request.param
    context.close()


# In a page without a script: boxes with nothing in them, buttons that do nothing, searches that nothing starts.
USELESS = """() => {
  const seen = (element) => element.checkVisibility();
  const all = (what) => [...document.querySelectorAll(`main :is(${what})`)].filter(seen);
  const isEmpty = (box) => !box.innerText.trim() && ![...box.querySelectorAll("svg, img, input")].some(seen);
  return [
    ...all(".card, section, table").filter(isEmpty),
    ...all("button[type=button]"),
    ...all("form[role=search]").filter((form) => ![...form.querySelectorAll("button")].some(seen)),
  ].map((element) => element.outerHTML.slice(0, 200));
}"""


def test_without_a_script_every_page_is_whole(scriptless: tuple[Page, str], stage: Stage) -> None:
    page, project = scriptless
    for shot in MINE:
        if project not in shot.projects:
            continue
        path = shot.path.format(**stage.values[project])
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        expect(page.get_by_role("heading", level=1)).not_to_be_empty()
        expect(
            page.get_by_text(re.compile("^(Loading|Counting|Searching)")).filter(visible=True)
        ).to_have_count(0)
        assert page.evaluate(USELESS) == [], path
