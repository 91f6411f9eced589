"""Curves as a browser draws them."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.dashboard.browser import NARROW, WIDE, Faults, scrolls_sideways
from tests.dashboard.filling import remember_counts

PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}


@pytest.fixture()
def curve(app: Flask, api: Api, place: str) -> str:
    """The page of a segment of two members that had fewer in the last 30 days."""
    for name in ("ada", "bob"):
        api.contact(f"{name}@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", PRO, trackMembership=True)
    remember_counts(app, [segment], days=30)
    return f"{place}/segments/{segment['id']}"


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_curve_is_as_wide_as_its_card_also_after_the_window_changed(
    page: Page, curve: str, size: tuple[int, int]
) -> None:
    faults = Faults(page)
    page.goto(curve)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    expect(page.locator(".chart canvas")).to_have_count(2)
    page.wait_for_function(
        "[...document.querySelectorAll('.chart')].every((each) => "
        "each.clientWidth === each.querySelector('.uplot').offsetWidth)"
    )
    assert not scrolls_sideways(page)
    assert not faults.seen


def test_a_curve_tells_the_day_one_points_at_and_else_the_last(page: Page, curve: str) -> None:
    page.goto(curve)
    legend = page.locator(".chart .u-legend").first
    expect(legend).to_contain_text("Members2")
    last = legend.inner_text()
    page.locator(".chart .u-over").first.hover(position={"x": 20, "y": 40})
    expect(legend).to_contain_text("Members1")
    page.get_by_role("heading", name="Growth").hover()
    expect(legend).to_have_text(last, use_inner_text=True)


def test_a_curve_is_dark_on_paper_whatever_the_colours_of_the_screen(page: Page, curve: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(curve)
    marker = page.locator(".chart .u-marker").nth(1)
    bright = marker.evaluate("(each) => getComputedStyle(each).backgroundColor")
    page.emulate_media(media="print")
    expect(marker).not_to_have_css("background-color", bright)


def test_on_narrow_screens_the_open_tab_is_in_view(page: Page, curve: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{curve}/settings")
    expect(page.get_by_role("link", name="Settings").and_(page.locator(".tabs a"))).to_be_in_viewport(ratio=1)
