"""From a file that a spreadsheet wrote to a segment of those who are in it, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.dashboard.browser import axe_faults
from tests.dashboard.building import choose_field

# As a German spreadsheet saves it: semicolons, decimal commas, Windows' own encoding.
FILE = """E-Mail;Vorname;Ort;Kundennummer
jürgen@example.com;Jürgen;Köln;007
zoe@example.com;Zoë;München;012
kein-at-zeichen;Bärbel;Köln;013
grete@example.com;"Grete; die Große";Köln;020
"""
NAME = "Gäste der Messe.csv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(FILE.encode("cp1252"))
    return path


def drop(page: Page, file: Path) -> None:
    """What the browser does when somebody lets go of a file above the page's place for it."""
    box = page.locator(".drop").bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place})
    session.detach()


@pytest.mark.usefixtures("working")
def test_from_a_dropped_file_to_a_segment_of_those_in_it(
    page: Page, place: str, api: Api, file: Path
) -> None:
    api.contact("other@example.com", data={"Ort": "Bonn"})
    page.goto(f"{place}/imports")
    page.get_by_role("link", name="Import a file").click()
    drop(page, file)

    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    columns = page.get_by_role("region", name="Columns").locator("th[scope=row] > span:first-child")
    expect(columns).to_have_text(["E-Mail", "Vorname", "Ort", "Kundennummer"])
    expect(page.get_by_label("Import E-Mail as")).to_have_value("email")
    first_rows = page.get_by_role("region", name="First rows")
    expect(first_rows.locator("tbody tr").first).to_have_text("2jürgen@example.comJürgenKöln007")
    expect(first_rows.locator("tr.is-bad")).to_contain_text("kein-at-zeichen")
    expect(page.locator("#problems")).to_contain_text("Line 4: Not an e-mail address: kein-at-zeichen")
    expect(page.locator("#summary")).to_have_text("4 rows, 1 cannot be imported")
    expect(page.locator("#check")).to_contain_text("Windows-1252, separated by semicolons")
    assert axe_faults(page) == []

    page.get_by_label("Field of Vorname").fill("firstName")
    page.get_by_label("Import Kundennummer as").select_option(label="Do not import")
    new_fields = page.locator("#check").get_by_text("New fields:")
    expect(new_fields).to_contain_text("firstName")
    expect(new_fields).not_to_contain_text("Kundennummer")
    assert api.get("/contacts").json["total"] == 1, "nothing is stored before it is started"
    page.get_by_role("button", name="Start the import").click()

    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator(".counts dd:not(.said)")).to_have_text(["3", "0", "0", "1", "0"])
    rejected = page.get_by_role("region", name="Rejected rows").locator("tbody tr")
    expect(rejected).to_have_count(1)
    expect(rejected).to_contain_text("kein-at-zeichen")
    expect(rejected.locator(".reason")).to_have_text(re.compile("address", re.I))
    assert axe_faults(page) == []

    page.get_by_role("link", name="See the contacts").click()
    page.get_by_role("link", name="grete@example.com").click()
    expect(page.locator("#data")).to_contain_text("Grete; die Große")
    page.locator(".side-wide").get_by_role("link", name="Segments").click()
    page.get_by_role("link", name="New segment").click()
    page.get_by_label("Name", exact=True).fill("Kölner")
    choose_field(page, "1", "Ort")
    page.get_by_label("Value of condition 1", exact=True).press_sequentially("K")
    page.get_by_role("option", name="Köln").click()
    expect(page.locator(".save-bar").get_by_role("status")).to_have_text(re.compile("^2 contacts"))
    page.get_by_role("button", name="Create segment").click()
    page.get_by_role("link", name="Members", exact=True).click()
    members = page.get_by_role("region", name="Members").locator("tbody th")
    expect(members).to_have_text([re.compile("grete"), re.compile("jürgen")])


def test_a_file_is_chosen_looked_at_and_discarded(page: Page, place: str, api: Api, file: Path) -> None:
    page.goto(f"{place}/imports/new")
    page.get_by_label("Drop a CSV file here, or choose one").set_input_files(file)
    page.get_by_label("Import E-Mail as").select_option(label="Field")
    expect(page.locator("#problems")).to_contain_text("Not possible like this:")
    expect(page.locator("#summary")).to_have_text("Not possible like this")
    page.get_by_role("button", name="Discard the file").click()
    expect(page.get_by_role("status").get_by_text("Nothing was imported")).to_be_visible()
    expect(page.get_by_text("No imports yet")).to_be_visible()
