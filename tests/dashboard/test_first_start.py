"""From the first `plunk up` to a page of the dashboard, as somebody meets it who has just installed plunk."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.dashboard.browser import Faults
from tests.dashboard.visiting import PASSWORD
from tests.embedded.programs import line_with, program


def test_the_link_of_the_first_start_leads_into_the_project_whose_keys_were_printed(
    tmp_path: Path, browser: Browser
) -> None:
    with program(
        "-m", "plunk", "up", PLUNK_HOME=str(tmp_path / "home"), PORT="0", PLUNK_WEB_WORKERS="1"
    ) as process:
        key = line_with(process, "secret key").split()[-1]
        url = line_with(process, "plunk answers at ").split()[3]
        link = line_with(process, "/dashboard/setup/").strip()
        assert link.startswith(url)
        context = browser.new_context(base_url=url)
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

        page.goto(page.url.rstrip("/") + "/settings/keys")
        prefixes = page.locator("td code").all_inner_texts()
        assert f"{key[:10]}…" in prefixes, "the project is the one whose keys were printed"
        answer = page.goto(link)
        assert answer is not None and answer.status == 404, "the link worked once"
        assert not faults.others("Failed to load resource")
        context.close()
        assert _contacts(url, key) == []


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


def _contacts(url: str, key: str) -> list[object]:
    request = urllib.request.Request(f"{url}/contacts", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: list[object] = json.loads(answer.read())["data"]
        return found
