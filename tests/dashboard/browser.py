"""Debian's chromium, driven by Playwright, against a real server.

Playwright's own download is never used: `apt-get install chromium` brings the browser, on every machine the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_CHROMIUM = "there is no chromium here: apt-get install chromium"
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
WIDE, NARROW = (1280, 900), (390, 844)


def need_chromium() -> None:
    """Skips where there is no browser, but not where every test must run."""
    if CHROMIUM:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(NEEDS_CHROMIUM)
    pytest.skip(NEEDS_CHROMIUM)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window. `--no-sandbox`: tests run as root in containers, and visit our own pages only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        )
        try:
            yield browser
        finally:
            browser.close()


class Faults:
    """What a page complains about while a test looks at it: errors of scripts, refusals of the policy."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        page.on("pageerror", lambda error: self.seen.append(str(error)))
        page.on("console", lambda line: self.seen.append(line.text) if line.type == "error" else None)

    def others(self, *expected: str) -> list[str]:
        """Those that hold none of the expected words."""
        return [each for each in self.seen if not any(word in each for word in expected)]


def axe_faults(page: Page) -> list[str]:
    """What axe calls serious or critical, as `rule: element`. It runs beside the page's policy, not under it."""
    source = AXE.read_text()
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": source})
    found: Any = session.send(
        "Runtime.evaluate",
        {
            "expression": "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    session.detach()
    return [
        f"{violation['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for violation in found["result"]["value"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page as a whole is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def give_session(page: Page, url: str, token: str) -> None:
    """Signs in without the form: the token of a session goes into the cookie."""
    cookie = {"name": "plunk_session", "value": token, "url": url, "httpOnly": True, "sameSite": "Lax"}
    page.context.add_cookies([cookie])


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{url}/dashboard/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda there: "/login" not in there)
