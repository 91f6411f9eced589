"""Every page that `make screenshots` shoots. Who adds a page adds a line.

`{project}` is the page's project: the empty one, the full one, or both. `{contact}`, `{segment}`, `{static}` and
`{webhook}` are ids of the full one. `act` opens what is worth seeing, such as a dialog.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

EMPTY, FULL = "empty", "full"
BOTH = (EMPTY, FULL)


@dataclass(frozen=True)
class Shot:
    """One page: the name of its files, its path, the projects it is shot in; `()` for pages outside projects."""

    name: str
    path: str
    projects: tuple[str, ...] = BOTH
    act: Callable[[Page], object] | None = None
    is_signed_in: bool = True


def open_menu(page: Page) -> None:
    """The navigation on narrow screens, the projects on wide ones."""
    page.locator("details.menu > summary:visible").last.click()


def ask_to_revoke(page: Page) -> None:
    page.get_by_role("button", name="Revoke").first.click()


def _counted(page: Page) -> None:
    """The builder has its answer."""
    page.locator(".live-status").filter(has_text="reachable").wait_for()


SHOTS = (
    Shot("login", "/dashboard/login", (), is_signed_in=False),
    Shot("setup", "/dashboard/setup/{setup}", (), is_signed_in=False),
    Shot("not-found", "/dashboard/nowhere", (), is_signed_in=False),
    Shot("project-new", "/dashboard/projects/new", ()),
    Shot("account", "/dashboard/account", ()),
    Shot("menu", "{project}/settings", (FULL,), act=open_menu),
    Shot("home", "{project}"),
    Shot("contacts", "{project}/contacts"),
    Shot("contacts-found", "{project}/contacts?search=person1&subscribed=yes&sort=email", (FULL,)),
    Shot("contacts-none", "{project}/contacts?search=nobody", (FULL,)),
    Shot(
        "contacts-columns",
        "{project}/contacts",
        (FULL,),
        act=lambda page: page.get_by_text("Columns").click(),
    ),
    Shot("contact-new", "{project}/contacts/new"),
    Shot("contact", "{project}/contacts/{contact}", (FULL,)),
    Shot("contact-edit", "{project}/contacts/{contact}/edit", (FULL,)),
    Shot("fields", "{project}/contacts/fields"),
    Shot("field", "{project}/contacts/field?key=plan", (FULL,)),
    Shot("segments", "{project}/segments"),
    Shot("segment-new", "{project}/segments/new?example=quiet", act=_counted),
    Shot("segment-new-static", "{project}/segments/new?type=STATIC", (FULL,)),
    Shot("segment", "{project}/segments/{segment}", (FULL,)),
    Shot("segment-members", "{project}/segments/{segment}/members", (FULL,)),
    Shot("segment-static", "{project}/segments/{static}/members", (FULL,)),
    Shot("segment-rule", "{project}/segments/{nested}/rule", (FULL,), act=_counted),
    Shot("segment-why", "{project}/segments/{nested}/why?contact={contact}", (FULL,)),
    Shot("segment-use", "{project}/segments/{segment}/use", (FULL,)),
    Shot("segment-settings", "{project}/segments/{segment}/settings", (FULL,)),
    Shot("imports", "{project}/imports"),
    Shot("import-new", "{project}/imports/new", (EMPTY,)),
    Shot("import-map", "{project}/imports/{upload}/map", (FULL,)),
    Shot("import-one", "{project}/imports/{import}", (FULL,)),
    Shot("events", "{project}/events"),
    Shot("event", "{project}/events/one?name=bought", (FULL,)),
    Shot("webhooks", "{project}/webhooks"),
    Shot("webhook-new", "{project}/webhooks/new", (FULL,)),
    Shot("webhook-one", "{project}/webhooks/{webhook}", (FULL,)),
    Shot("webhook-delivery", "{project}/webhooks/{webhook}/deliveries/{delivery}", (FULL,)),
    Shot("jobs", "{project}/jobs"),
    Shot("settings", "{project}/settings"),
    Shot("settings-keys", "{project}/settings/keys"),
    Shot("settings-keys-revoke", "{project}/settings/keys", (FULL,), act=ask_to_revoke),
    Shot("settings-members", "{project}/settings/members"),
    Shot("settings-audit", "{project}/settings/audit"),
)
