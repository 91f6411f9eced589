"""What is shown once is made once, however often its form arrives: a page that answers a form sends it again when it is
loaded anew, and two clicks send it twice.

Such a form brings the id of what it is about to make (`once()` of `_parts/forms.html`):

    with transaction():
        key_id = once.take(ApiKey)
        if key_id is None:
            return once.again(url_for(".keys"))
        made = service.create_key(project_id(), kind, key_id=key_id)
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.db.base import db
from plunk.db.locks import lock
from plunk.errors import InvalidInput, Problem


def take(model: type[Any]) -> UUID | None:
    """The id under which to make a row of this table, in the transaction that makes it; None if it is there already.
    Raises InvalidInput for a form without an id."""
    try:
        wanted = UUID(request.form.get("once", ""))
    except ValueError:
        raise InvalidInput(
            [Problem("once", _("This page is too old. Load it anew, then try again."))]
        ) from None
    lock("once", wanted)
    is_there = db.session.scalar(select(model.id).where(model.id == wanted)) is not None
    return None if is_there else wanted


def again(url: str) -> Response:
    """Where it goes on for a form that came before."""
    text = _(
        "That was done before and is not done twice. What is shown once cannot be shown again; make a new one."
    )
    toast(text, BAD)
    return go(url)
