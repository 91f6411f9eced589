"""What a page's view answers beside a template: where to go next, a message for the next page."""

from __future__ import annotations

import json

from flask import Response, flash, redirect, request

from plunk.config import settings

GOOD, BAD = "good", "bad"


def is_htmx() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def go(url: str) -> Response:
    """After a form: the browser loads that page, whether the form was sent by itself or by htmx."""
    if is_htmx():
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)  # type: ignore[return-value]


def own_address() -> str:
    """Where this plunk is found from outside: the setting, or else how the browser came here."""
    return settings().url.rstrip("/") or request.host_url.rstrip("/")


def toast(text: str, kind: str = GOOD) -> None:
    """A short message on the next page that is shown; `kind` is `good` or `bad`."""
    flash(text, kind)


def with_toast(response: Response, text: str, kind: str = GOOD, *, is_passing: bool = False) -> Response:
    """The same for an answer that replaces only a part of a page. A passing message goes with the next good answer."""
    response.headers["HX-Trigger"] = json.dumps(
        {"toast": {"text": text, "kind": kind, "passing": is_passing}}
    )
    return response
