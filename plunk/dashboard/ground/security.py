"""What every answer of the dashboard carries, and what every form must bring."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from plunk.dashboard.ground.paths import is_page

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LOGIN = "dashboard.entrance.login"
csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Headers on every page, error pages too. The token is asked for by the dashboard's blueprint, nowhere else."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the cookie it belongs to
    # Some browsers send no Referer. What asking for it is against, a cookie planted by somebody in between, the
    # `__Host-` names rule out.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    csrf.init_app(app)
    app.after_request(_protect)


def check_token() -> None:
    """Refuses a write that does not carry the token of its page, in the form or in `X-CSRFToken`."""
    if request.endpoint != LOGIN:
        csrf.protect()


def has_token() -> bool:
    """The same for the sign-in page, which has more to say than that it is too old."""
    try:
        csrf.protect()
    except CSRFError:
        return False
    return True


def _protect(response: Response) -> Response:
    if is_page(request.path):
        response.headers.update(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
    return response
