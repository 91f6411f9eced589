"""Cookies: who is signed in, what a form needs, light or dark.

With https their names begin with `__Host-`: no other host, not even a neighbour under the same domain, can set them.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from plunk.config import Settings, settings
from plunk.dashboard.ground.paths import is_page

_SIGNED_IN, _PAGE, THEME = "plunk_session", "plunk_page", "plunk_theme"
_PURPOSE = "plunk dashboard cookies: "


def init_app(app: Flask, settings: Settings) -> None:
    """Flask's own session holds the token of forms and messages for the next page; it exists in the dashboard only."""
    keys = [sha256((_PURPOSE + each).encode()).hexdigest() for each in settings.secret_keys]
    app.config["SECRET_KEY"] = keys[0] if keys else None
    app.config["SECRET_KEY_FALLBACKS"] = keys[1:]
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=settings.session_days)
    app.session_interface = _PageSession()


def is_secure() -> bool:
    """Whether cookies are for https only: the operator said so, or this request came that way."""
    url = settings().url
    return url.startswith("https:") if url else request.is_secure


def session_token() -> str:
    """What the browser holds; empty if it is not signed in."""
    return request.cookies.get(_named(_SIGNED_IN), "")


def give_session(response: Response, token: str) -> None:
    """Signs this browser in."""
    response.set_cookie(
        _named(_SIGNED_IN),
        token,
        max_age=timedelta(days=settings().session_days),
        secure=is_secure(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def take_session(response: Response) -> None:
    """Signs this browser out."""
    response.delete_cookie(_named(_SIGNED_IN), secure=is_secure(), httponly=True, samesite="Lax", path="/")


def theme() -> str:
    """`light`, `dark`, or empty: as the system has it."""
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in ("light", "dark") else ""


def _named(name: str) -> str:
    return f"__Host-{name}" if is_secure() else name


class _PageSession(SecureCookieSessionInterface):
    """Outside the dashboard there is no session: the API never looks at a cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if is_page(request.path) else SecureCookieSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if is_page(request.path):
            super().save_session(app, session, response)

    def get_cookie_name(self, app: Flask) -> str:
        return _named(_PAGE)

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_secure()
