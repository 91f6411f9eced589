"""Rooms: blueprints whose pages only members of the project see.

    room = Room("contacts")

    @room.get("/")
    def index() -> str: ...

    @room.post("/<uuid:contact_id>/delete")
    @owners_only
    def delete(contact_id: UUID) -> ResponseReturnValue: ...

Paths stand under `/dashboard/<project_id>/<room>`; views get no `project_id`, they ask `visitor.project_id()`, and
`url_for` fills it in. Endpoints are `dashboard.<room>.<view>`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.config import settings
from plunk.dashboard.ground import visitor
from plunk.dashboard.ground.answers import BAD, go, is_htmx, toast
from plunk.dashboard.ground.paths import is_local
from plunk.db.passing import retried
from plunk.web.access import open_to_everybody

View = TypeVar("View", bound=Callable[..., Any])
_OPEN, _OWNERS, _BODY = "_plunk_page_for_everybody", "_plunk_page_for_owners", "_plunk_page_body"


class Room(Blueprint):
    """Pages of one subject. Without `in_project` they stand under `/dashboard` itself."""

    def __init__(self, name: str, *, path: str | None = None, in_project: bool = True) -> None:
        inside = "/<uuid:project_id>" if in_project else ""
        super().__init__(name, __name__, url_prefix=f"{inside}/{name if path is None else path}".rstrip("/"))

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        if view_func is not None:
            view_func = _page(view_func)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def for_everybody(view: View) -> View:
    """No need to be signed in: the way in, static files. Nobody is recognised, the database not asked."""
    setattr(view, _OPEN, True)
    return view


def owners_only(view: View) -> View:
    """Members who are not owners are refused (403)."""
    setattr(view, _OWNERS, True)
    return view


def takes_files(setting: str) -> Callable[[View], View]:
    """The view's form may be as large as this setting says, files included; others as large as a body of the API."""

    def mark(view: View) -> View:
        setattr(view, _BODY, setting)
        return view

    return mark


def guard() -> ResponseReturnValue | None:
    """Before every page: signed in, a member, an owner where it must be. Otherwise to where one signs in.

    Nothing of a form is read before that.
    """
    view = current_app.view_functions[request.endpoint or ""]
    request.max_content_length = getattr(settings(), getattr(view, _BODY, "max_body_bytes"))
    request.max_form_memory_size = settings().max_body_bytes
    if getattr(view, _OPEN, False):
        return None
    if visitor.recognise() is None:
        if request.method not in ("GET", "HEAD"):
            toast(_("You are signed out, so nothing was saved. Sign in and try again."), BAD)
        elif is_htmx():
            toast(_("You are signed out. Sign in to go on."), BAD)
        return go(url_for("dashboard.entrance.login", next=_where()))
    if "page_project_id" in g:
        visitor.enter(g.page_project_id)
    if getattr(view, _OWNERS, False):
        visitor.need_owner()
    return None


def _page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Opens it to those without an API key, and runs it once more if the database chose it as a victim."""

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        return retried(lambda: view(*args, **kwargs))

    return open_to_everybody(run)


def _where() -> str | None:
    """Where to go on after signing in: this page, or the one that sent a form or asked for a part of itself."""
    if is_htmx():
        before = request.headers.get("HX-Current-URL", "")
    elif request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    else:
        before = request.referrer or ""
    page = urlsplit(before)
    where = f"{page.path}?{page.query}".rstrip("?")
    return where if page.netloc == request.host and is_local(where) else None
