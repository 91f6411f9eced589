"""Making and changing endpoints."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from plunk.config import settings
from plunk.dashboard.ground import once, seen
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form, clean, page
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.webhooks.endpoints import with_secret
from plunk.dashboard.webhooks.room import endpoint, room, write_down
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.events import reading
from plunk.events.names import is_reserved
from plunk.segments import service as segments
from plunk.web.schema import load
from plunk.webhooks import service
from plunk.webhooks.models import WebhookEndpoint
from plunk.webhooks.schemas import WebhookBody, WebhookPatch

OF_ALL = {
    "*": lazy_gettext("Everything"),
    "segment.*": lazy_gettext("All entries and exits"),
    "segment.*.entry": lazy_gettext("All entries"),
    "segment.*.exit": lazy_gettext("All exits"),
    "contact.*": lazy_gettext("All changes of contacts"),
    "contact.subscribed": lazy_gettext("Subscribed"),
    "contact.unsubscribed": lazy_gettext("Unsubscribed"),
    "email.*": lazy_gettext("E-mail activity"),
}
MOST_NAMES = 20


@room.get("/new")
def new() -> Response:
    """The form of a new one; `events` are patterns to begin with, one a line."""
    return _form(Form(url="", events=clean(request.args.get("events", "")), description=""))


@room.post("/new")
def create() -> ResponseReturnValue:
    """Shows the secret, this once."""
    form = Form.sent("url", "events", "description")
    with form.catching(webhooks="", **_lines(form)):
        values = load(WebhookBody(), _values(form))
        with transaction():
            webhook_id = once.take(WebhookEndpoint)
            if webhook_id is None:
                return once.again(url_for(".index"))
            made, secret = service.create(project_id(), endpoint_id=webhook_id, **values)
            write_down("created", made)
        return with_secret(made, secret)
    return _form(form)


@room.get("/<uuid:webhook_id>/edit")
def edit(webhook_id: UUID) -> Response:
    """The form with what is there."""
    now = endpoint(webhook_id)
    form = Form(
        url=now.url,
        events="\n".join(now.events),
        description=now.description or "",
        seen=seen.mark(_shown(now)),
    )
    return _form(form, now)


@room.post("/<uuid:webhook_id>/edit")
def save(webhook_id: UUID) -> ResponseReturnValue:
    """Changes it."""
    now = endpoint(webhook_id)
    form = Form.sent("url", "events", "description", "seen")
    with form.catching(**_lines(form)):
        values = load(WebhookPatch(), _values(form))
        with transaction():
            seen.hold(webhook_id)
            db.session.refresh(now)
            seen.check(form, _shown(now), values, said=_told(now))
            write_down("changed", service.change(project_id(), webhook_id, values))
        toast(_("Saved."))
        return go(url_for(".show", webhook_id=webhook_id))
    return _form(form, now)


def _form(form: Form, webhook: WebhookEndpoint | None = None) -> Response:
    return page("dashboard/webhooks/form.html", form=form, webhook=webhook, suggestions=_suggestions())


def _values(form: Form) -> dict[str, object]:
    return {
        "url": form["url"].strip(),
        "events": _patterns(form),
        "description": form["description"].strip() or None,
    }


def _shown(webhook: WebhookEndpoint) -> dict[str, object]:
    """What the form shows, as `_values` has it."""
    return {"url": webhook.url, "events": webhook.events, "description": webhook.description}


def _told(webhook: WebhookEndpoint) -> str:
    return " · ".join(filter(None, (webhook.url, ", ".join(webhook.events), webhook.description)))


def _patterns(form: Form) -> list[str]:
    """One a line; blank lines are none."""
    return [line.strip() for line in form["events"].splitlines() if line.strip()]


def _lines(form: Form) -> dict[str, str]:
    """Problems of single patterns stand at the field that holds them all."""
    return {f"events[{n}]": "events" for n in range(min(len(_patterns(form)), settings().max_webhook_events))}


def _suggestions() -> list[tuple[str, dict[str, str]]]:
    """Groups of patterns with words for each."""
    of_segments = {f"segment.{each.slug}.*": each.name for each in segments.list_segments(project_id())}
    own = [name for name in reading.list_names(project_id()) if not is_reserved(name)]
    return [
        (_("Common choices"), {pattern: str(words) for pattern, words in OF_ALL.items()}),
        (_("Entries and exits of one segment"), dict(list(of_segments.items())[:MOST_NAMES])),
        (_("Your own events"), {name: name for name in own[:MOST_NAMES]}),
    ]
