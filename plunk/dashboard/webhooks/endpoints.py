"""Endpoints: the list, one of them with its deliveries, turned on and off, a new secret, gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk import clock
from plunk.dashboard.ground import seen
from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.forms import Form, one_of, page
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.webhooks.room import endpoint, is_under_way, room, write_down
from plunk.db.session import transaction
from plunk.webhooks import deliveries, service
from plunk.webhooks.models import FAILED, STATES, WebhookEndpoint

PAGE = 20
OVERLAPS = (24, 72, 168, 0)


@room.get("/")
def index() -> Response:
    """Newest first."""
    cursor = request.args.get("cursor") or None
    found = service.list_endpoints(project_id(), limit=PAGE, cursor=cursor)
    return page(
        "dashboard/webhooks/index.html",
        found=found["data"],
        first_url=url_for(".index") if cursor else None,
        next_url=url_for(".index", cursor=found["cursor"]) if found["hasMore"] else None,
    )


@room.get("/<uuid:webhook_id>")
def show(webhook_id: UUID) -> Response:
    """An endpoint and its deliveries."""
    return show_with(endpoint(webhook_id), Form(state=FAILED, since=""))


@room.post("/<uuid:webhook_id>/enabled")
def enable(webhook_id: UUID) -> ResponseReturnValue:
    """On or off. What waits for it is sent when it is on again."""
    is_on = one_of("enabled", ("yes", "no")) == "yes"
    with transaction():
        changed = service.change(project_id(), webhook_id, {"enabled": is_on})
        write_down("enabled" if is_on else "disabled", changed)
    if is_on:
        toast(_("Webhook turned on. What waited for it is being sent."))
    else:
        toast(_("Webhook turned off. What happens meanwhile is not kept for it."))
    return go(url_for(".show", webhook_id=webhook_id))


@room.post("/<uuid:webhook_id>/rotate")
def rotate(webhook_id: UUID) -> ResponseReturnValue:
    """The new secret is in this answer and nowhere else."""
    hours = int(one_of("overlap", [str(each) for each in OVERLAPS]))
    form = Form.sent("seen")
    with transaction():
        seen.hold(webhook_id)
        if form["seen"] != _mark(endpoint(webhook_id)):
            toast(_("A new secret was made after you opened the page; this changed nothing."), BAD)
            return go(url_for(".show", webhook_id=webhook_id))
        changed, secret = service.rotate(project_id(), webhook_id, overlap=timedelta(hours=hours))
        write_down("rotated", changed, overlapHours=hours)
    return with_secret(changed, secret)


@room.post("/<uuid:webhook_id>/delete")
def delete(webhook_id: UUID) -> ResponseReturnValue:
    """With its deliveries."""
    with transaction():
        write_down("deleted", endpoint(webhook_id))
        service.remove(project_id(), webhook_id)
    toast(_("Webhook deleted."))
    return go(url_for(".index"))


def with_secret(made: WebhookEndpoint, secret: str) -> Response:
    """The page that shows a secret this once."""
    response = page("dashboard/webhooks/secret.html", webhook=made, secret=secret)
    response.status_code = 201
    return response


def show_with(shown: WebhookEndpoint, form: Form) -> Response:
    """The page of an endpoint, with a form for sending again."""
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    cursor = request.args.get("cursor") or None
    found = deliveries.list_deliveries(shown, limit=PAGE, cursor=cursor, state=state or None)
    here: dict[str, Any] = {"webhook_id": shown.id, "state": state or None}
    return page(
        "dashboard/webhooks/show.html",
        webhook=shown,
        form=form,
        found=found["data"],
        last_error=next((each.error for each in found["data"] if each.error), None),
        now=clock.now(),
        state=state,
        overlaps=OVERLAPS,
        secret_mark=_mark(shown),
        is_moving=not cursor and shown.enabled and any(map(is_under_way, found["data"])),
        first_url=url_for(".show", **here) if cursor else None,
        next_url=url_for(".show", cursor=found["cursor"], **here) if found["hasMore"] else None,
    )


def _mark(shown: WebhookEndpoint) -> str:
    """Stands for its present secret: two new ones in a row would end the former one at once."""
    return seen.mark(shown.secret)
