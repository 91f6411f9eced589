"""From the first `plunk up` to the first contact, as somebody meets it who has just installed plunk."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browser import Faults
from tests.dashboard.visiting import PASSWORD
from tests.embedded.programs import line_with, program


def test_the_link_of_the_first_start_leads_to_the_first_contact_of_the_project_whose_keys_were_printed(
    tmp_path: Path, browser: Browser
) -> None:
    with program(
        "-m", "plunk", "up", PLUNK_HOME=str(tmp_path / "home"), PORT="0", PLUNK_WEB_WORKERS="1"
    ) as process:
        key = line_with(process, "secret key").split()[-1]
        url = line_with(process, "plunk answers at ").split()[3]
        link = line_with(process, "/dashboard/setup/").strip()
        assert link.startswith(url)
        context = browser.new_context(base_url=url, locale="en-GB")
        context.set_default_timeout(15_000)
        page = context.new_page()
        faults = Faults(page)

        page.goto(link)
        expect(page.get_by_label("E-mail")).to_be_focused()
        page.get_by_label("E-mail").fill("ada@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password again").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator(".side-wide .switcher-name")).to_have_text("My project")
        expect(page.locator(".places a[aria-current=page]").first).to_have_text("Home")
        home = page.url.rstrip("/")
        steps = page.get_by_role("region", name="First steps")
        expect(steps.get_by_role("heading", level=3)).to_have_text(
            ["Bring your contacts", "Create a segment", "Send events from your site"]
        )
        expect(steps).to_contain_text(f"{url}/v1/track")

        add_by_hand(page)
        expect(page.get_by_role("heading", name="grace@example.com")).to_be_visible()
        expect(page.locator("#data")).to_contain_text("pro")
        expect(page.locator("#story")).to_contain_text("Became a contact")
        page.locator(".side-wide").get_by_role("link", name="Contacts").click()
        expect(page.get_by_role("row", name=re.compile("grace@example.com"))).to_be_visible()
        page.goto(home)
        expect(steps.locator(".step.is-done").get_by_role("heading", level=3)).to_have_text(
            "Bring your contacts"
        )

        page.goto(f"{home}/settings/keys")
        prefixes = page.locator("td code").all_inner_texts()
        assert f"{key[:10]}…" in prefixes, "the project is the one whose keys were printed"
        answer = page.goto(link)
        assert answer is not None and answer.status == 404, "the link worked once"
        assert not faults.others("Failed to load resource")
        context.close()
        assert [each["email"] for each in _contacts(url, key)] == ["grace@example.com"]


def test_the_second_start_says_where_the_dashboard_is_and_gives_no_link_away(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    make = ("-m", "plunk", "user", "create", "ada@example.com", "--password-stdin")
    with program(*make, PLUNK_HOME=home, PORT="0") as process:
        assert process.wait(120) != 0, "no password was given"
    with program("-m", "plunk", "user", "create", "ada@example.com", PLUNK_HOME=home, PORT="0") as process:
        assert re.search(r"/dashboard/password/[\w-]{43}$", line_with(process, "Link"))
        assert process.wait(120) == 0
    with program("-m", "plunk", "up", PLUNK_HOME=home, PORT="0", PLUNK_WEB_WORKERS="1") as process:
        line = line_with(process, "dashboard: ")
        assert line.endswith("/dashboard")


def add_by_hand(page: Page) -> None:
    """From wherever one is, by the navigation."""
    page.locator(".side-wide").get_by_role("link", name="Contacts").click()
    expect(page.get_by_text("No contacts yet")).to_be_visible()
    page.get_by_role("link", name="Add contact").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("Grace@Example.com")
    page.get_by_label("Subscribed").check()
    page.get_by_label("Name", exact=True).fill("plan")
    page.get_by_label("Value of new field").fill("pro")
    page.get_by_role("button", name="Add contact").click()


def _contacts(url: str, key: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(f"{url}/contacts", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: list[dict[str, Any]] = json.loads(answer.read())["data"]
        return found
