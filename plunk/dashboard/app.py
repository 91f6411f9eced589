"""Puts the dashboard into an app: its ground, its rooms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from plunk.accounts import members
from plunk.config import Settings
from plunk.dashboard.account import routes as account
from plunk.dashboard.contacts import routes as contacts
from plunk.dashboard.entrance import routes as entrance
from plunk.dashboard.events import routes as events
from plunk.dashboard.ground import assets, cookies, error_pages, formats, room, security, visitor, words
from plunk.dashboard.ground.answers import is_htmx
from plunk.dashboard.ground.navigation import PLACES
from plunk.dashboard.ground.paths import PREFIX
from plunk.dashboard.home import routes as home
from plunk.dashboard.imports import routes as imports
from plunk.dashboard.jobs import routes as jobs
from plunk.dashboard.projects import routes as projects
from plunk.dashboard.segments import routes as segments
from plunk.dashboard.settings import routes as settings_
from plunk.dashboard.webhooks import routes as webhooks
from plunk.db.base import new_id
from plunk.web import errors
from plunk.web.access import open_to_everybody

ROOMS = (entrance, projects, account, home, contacts, segments, imports, events, webhooks, jobs, settings_)


def init_app(app: Flask, settings: Settings) -> None:
    """Everything under `/dashboard`."""
    cookies.init_app(app, settings)
    security.init_app(app)
    words.init_app(app)
    formats.init_app(app)
    errors.answer_in_pages(app, PREFIX, error_pages.render)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]

    dashboard = Blueprint("dashboard", __name__, url_prefix=PREFIX, template_folder="templates")
    dashboard.url_value_preprocessor(_take_project)
    dashboard.url_defaults(_fill_in_project)
    dashboard.before_request(room.guard)
    dashboard.before_request(security.check_token)
    for each in ROOMS:
        dashboard.register_blueprint(each.room)
    app.register_blueprint(dashboard)
    app.add_url_rule("/", "front_door", open_to_everybody(_front_door))
    app.context_processor(_what_templates_know)


def _front_door() -> ResponseReturnValue:
    """A browser that is given plunk's address alone means the dashboard; for programs there is nothing here."""
    if not any(each == "text/html" for each, _quality in request.accept_mimetypes):
        raise NotFound
    return redirect(PREFIX + "/", 302)


def _take_project(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "project_id" in values:
        g.page_project_id = values.pop("project_id")


def _fill_in_project(endpoint: str, values: dict[str, Any]) -> None:
    from_page = g.get("page_project_id")
    if (
        from_page
        and "project_id" not in values
        and current_app.url_map.is_endpoint_expecting(endpoint, "project_id")
    ):
        values["project_id"] = from_page


def _what_templates_know() -> dict[str, Any]:
    return {
        "asset": assets.url,
        "direction": words.direction,
        "is_htmx": is_htmx,
        "language": words.language,
        "last_project": visitor.last_project,
        "once_id": new_id,
        "my_projects": lambda: members.memberships(visitor.user().id),
        "places": PLACES,
        "theme": cookies.theme,
        "visitor": g.get("visitor"),
    }
