"""Every page that `make screenshots` shoots. Who adds a page adds a line.

`{project}` is the page's project: the empty one, the full one, or both. `{contact}`, `{segment}`, `{static}`, `{young}`
and `{webhook}` are ids of the full one. `act` opens what is worth seeing, such as a dialog. `who` looks: the owner, a
member of the full project, a newcomer who has no project, or nobody who is signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Page

EMPTY, FULL = "empty", "full"
BOTH = (EMPTY, FULL)
OWNER, MEMBER, NEWCOMER, NOBODY = "owner", "member", "newcomer", ""
_guests = count(1)


@dataclass(frozen=True)
class Shot:
    """One page: the name of its files, its path, the projects it is shot in; `()` for pages outside projects."""

    name: str
    path: str
    projects: tuple[str, ...] = BOTH
    act: Callable[[Page], object] | None = None
    who: str = OWNER


def open_menu(page: Page) -> None:
    """The navigation on narrow screens, the projects on wide ones."""
    page.locator("details.menu > summary:visible").last.click()


def save_late(page: Page) -> None:
    """As if somebody else had saved meanwhile."""
    page.locator("[name=seen]").evaluate("field => { field.value = 'before' }")
    page.get_by_label("What it is for").fill("The CRM of the shop")
    page.get_by_role("button", name="Save").click()


def ask_to_revoke(page: Page) -> None:
    page.get_by_role("button", name="Revoke").first.click()


def ask_about_many(page: Page) -> None:
    """The first two of the list, about to be deleted."""
    tick_two(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Delete 2 contacts?").wait_for()


def tick_two(page: Page) -> None:
    for n in range(2):
        page.locator("tbody .pick input").nth(n).check()


def point_at_a_day(page: Page) -> None:
    """What the curve says of a day in its middle."""
    page.locator(".chart .u-over").first.hover()


def make_key(page: Page) -> None:
    page.get_by_role("button", name="Create key").click()
    page.locator(".snippet").first.wait_for()


def invite(page: Page) -> None:
    """Somebody new each time."""
    page.get_by_label("E-mail", exact=True).fill(f"guest{next(_guests)}@example.com")
    page.get_by_role("button", name="Invite member").click()
    page.locator(".snippet").wait_for()


def make_project(page: Page) -> None:
    page.get_by_label("Name").fill("Bookshop in the old town")
    page.get_by_role("button", name="Create project").click()
    page.locator(".snippet").first.wait_for()


def rotate(page: Page) -> None:
    page.get_by_label("Keep the old secret valid").select_option(index=0)
    page.get_by_role("button", name="Create new secret").click()
    page.locator("[data-yes]").click()
    page.locator(".snippet").first.wait_for()


def sign_in_wrongly(page: Page) -> None:
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def _counted(page: Page) -> None:
    """The builder has its answer."""
    page.locator(".live-status").filter(has_text="reachable").wait_for()


SHOTS = (
    Shot("login", "/dashboard/login", (), who=NOBODY),
    Shot("login-wrong", "/dashboard/login", (), act=sign_in_wrongly, who=NOBODY),
    Shot("password", "/dashboard/password/{password}", (), who=NOBODY),
    Shot("link-used", "/dashboard/password/used", (), who=NOBODY),
    Shot("setup", "/dashboard/setup/{setup}", (), who=NOBODY),
    Shot("not-found", "/dashboard/nowhere", (), who=NOBODY),
    Shot("not-a-member", "{project}", (EMPTY,), who=MEMBER),
    Shot("forbidden", "{project}/settings/audit", (FULL,), who=MEMBER),
    Shot("our-fault", "/dashboard/our-fault", ()),
    Shot("project-new", "/dashboard/projects/new", ()),
    Shot("project-made", "/dashboard/projects/new", (), act=make_project, who=NEWCOMER),
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
    Shot("contacts-ticked", "{project}/contacts?search=person1", (FULL,), act=tick_two),
    Shot("contacts-many", "{project}/contacts?search=person1", (FULL,), act=ask_about_many),
    Shot("contacts-many-done", "{project}/contacts/many/{job}", (FULL,)),
    Shot("contact-new", "{project}/contacts/new"),
    Shot("contact", "{project}/contacts/{contact}", (FULL,)),
    Shot("contact-edit", "{project}/contacts/{contact}/edit", (FULL,)),
    Shot("fields", "{project}/contacts/fields"),
    Shot("field", "{project}/contacts/field?key=plan", (FULL,)),
    Shot("field-date", "{project}/contacts/field?key=trial_ends", (FULL,)),
    Shot("segments", "{project}/segments"),
    Shot("segment-new", "{project}/segments/new?example=quiet", act=_counted),
    Shot("segment-new-static", "{project}/segments/new?type=STATIC", (FULL,)),
    Shot("segment", "{project}/segments/{segment}", (FULL,)),
    Shot("segment-day", "{project}/segments/{segment}?days=90", (FULL,), act=point_at_a_day),
    Shot("segment-first-day", "{project}/segments/{young}", (FULL,)),
    Shot("segment-second-day", "{project}/segments/{second}", (FULL,)),
    Shot("segments-beyond", "{project}/segments?page=9", (FULL,)),
    Shot("segments-none", "{project}/segments?q=nothing", (FULL,)),
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
    Shot("webhook-edit", "{project}/webhooks/{webhook}/edit", (FULL,)),
    Shot("webhook-overtaken", "{project}/webhooks/{webhook}/edit", (FULL,), act=save_late),
    Shot("webhook-one", "{project}/webhooks/{webhook}", (FULL,)),
    Shot("webhook-delivery", "{project}/webhooks/{webhook}/deliveries/{delivery}", (FULL,)),
    Shot("webhook-secret", "{project}/webhooks/{webhook}", (FULL,), act=rotate),
    Shot("jobs", "{project}/jobs"),
    Shot("settings", "{project}/settings"),
    Shot("settings-keys", "{project}/settings/keys"),
    Shot("settings-keys-revoke", "{project}/settings/keys", (FULL,), act=ask_to_revoke),
    Shot("settings-keys-made", "{project}/settings/keys", (EMPTY,), act=make_key),
    Shot("settings-members", "{project}/settings/members"),
    Shot("settings-members-member", "{project}/settings/members", (FULL,), who=MEMBER),
    Shot("settings-members-invited", "{project}/settings/members", (EMPTY,), act=invite),
    Shot("settings-audit", "{project}/settings/audit"),
)
