"""Errors as pages. They ask nothing of the database, which may be what is broken."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _

from plunk.accounts.errors import LinkNotFound
from plunk.dashboard.ground.answers import BAD, is_htmx, with_toast


def render(status: int, answer: dict[str, Any]) -> Response:
    """The page for an envelope of `plunk.web.errors`; for htmx only the message, which is then shown as a toast."""
    error = answer["error"]
    title, what = _words(status, error)
    if is_htmx():
        return with_toast(Response(what, mimetype="text/plain"), what, BAD, is_passing=status == 503)
    page = render_template(
        "dashboard/error.html",
        status=status,
        title=title,
        what=what,
        problems=error.get("errors", []),
        request_id=error["requestId"],
        again_url=request.path if status == 422 and request.method == "GET" and request.args else None,
        is_ours=status >= 500,
    )
    return make_response(page)


def _words(status: int, error: dict[str, Any]) -> tuple[str, str]:
    said = " ".join(filter(None, (_sentence(error["message"]), error.get("suggestion"))))
    if error["code"] == LinkNotFound.code:
        return _("This link does not work any more"), _(
            "It was used, replaced, or too much time has passed. Ask whoever gave it to you for a new one."
        )
    if status == 404:
        return _("Not found"), _(
            "There is nothing here, or it belongs to a project that you are not a member of."
        )
    if status == 405:
        return _("Not possible"), _("This address does not take what your browser sent.")
    if status == 413:
        return _("Too large"), _("That is more than plunk takes at once. Send less, or a smaller file.")
    if status == 403:
        return _("Not allowed"), said
    if status == 503:
        return _("Busy"), _("The database is busy or out of reach. Try again in a moment.")
    if status >= 500:
        return _("Something went wrong"), _(
            "The fault is on our side. Nothing of what you sent was half-saved."
        )
    if status == 400 and "CSRF" in error["message"]:
        return _("This page has expired"), _(
            "Go back, load the page anew and try again. Nothing was changed."
        )
    return _("That did not work"), said


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
