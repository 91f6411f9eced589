"""What was told to an endpoint: one delivery, tests, sending again."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from plunk.dashboard.ground.answers import BAD, go, toast
from plunk.dashboard.ground.formats import number
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.webhooks.endpoints import show_with
from plunk.dashboard.webhooks.room import endpoint, is_under_way, room, write_down
from plunk.db.base import from_json
from plunk.db.session import transaction
from plunk.web.schema import load
from plunk.webhooks import deliveries as service
from plunk.webhooks.schemas import ReplayBody
from plunk.webhooks.sending import headers_of


@room.get("/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
def delivery(webhook_id: UUID, delivery_id: UUID) -> Response:
    """What was sent, and what the receiver said to it."""
    of = endpoint(webhook_id)
    shown = service.get(of, delivery_id)
    return page(
        "dashboard/webhooks/delivery.html",
        webhook=of,
        delivery=shown,
        body=json.dumps(from_json(shown.body), indent=2, ensure_ascii=False),
        headers=headers_of(shown.fact_id),
        is_moving=of.enabled and is_under_way(shown),
    )


@room.post("/<uuid:webhook_id>/test")
def test(webhook_id: UUID) -> ResponseReturnValue:
    """An example event; its page says what the receiver answers."""
    form = Form()
    with form.catching():
        with transaction():
            of = endpoint(webhook_id)
            sent = service.send_test(of)
            write_down("tested", of)
        return go(url_for(".delivery", webhook_id=webhook_id, delivery_id=sent.id))
    for message in form.errors.values():
        toast(message, BAD)
    return go(url_for(".show", webhook_id=webhook_id))


@room.post("/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay")
def replay(webhook_id: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Once more, with the same `webhook-id`."""
    with transaction():
        of = endpoint(webhook_id)
        sent = service.replay(of, delivery_id)
        write_down("replayed", of, type=sent.type)
    toast(_("Sending it again."))
    return go(url_for(".delivery", webhook_id=webhook_id, delivery_id=delivery_id))


@room.post("/<uuid:webhook_id>/replay")
def replay_since(webhook_id: UUID) -> ResponseReturnValue:
    """All since a moment, or those that failed. Each batch is a transaction of its own."""
    form = Form.sent("since", "state")
    with form.catching():
        since = form["since"] + (":00Z" if form["since"].count(":") == 1 else "")
        wanted = load(ReplayBody(), {"since": since, "state": form["state"] or None})
        sent, last = 0, None
        while True:
            with transaction():
                of = endpoint(webhook_id)
                some, last = service.replay_batch(of, wanted["since"], after=last, state=wanted["state"])
            sent += some
            if last is None:
                break
        with transaction():
            write_down("replayed", endpoint(webhook_id), since=form["since"], number=sent)
        toast(
            ngettext(
                "Sending %(shown)s delivery again.",
                "Sending %(shown)s deliveries again.",
                sent,
                shown=number(sent),
            )
            if sent
            else _("There was nothing to send again.")
        )
        return go(url_for(".show", webhook_id=webhook_id))
    return show_with(endpoint(webhook_id), form)
