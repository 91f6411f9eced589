"""What the API says of webhooks and deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from plunk import clock
from tests.api import Api

Json = dict[str, Any]


def listed(api: Api, hook: Json, **query: Any) -> Json:
    """A page of a webhook's deliveries."""
    response = api.get(f"/webhooks/{hook['id']}/deliveries", **query)
    assert response.status_code == 200, response.json
    return response.json


def only(api: Api, hook: Json) -> Json:
    """The one delivery there is."""
    (delivery,) = listed(api, hook)["data"]
    return delivery


def view(api: Api, hook: Json) -> Json:
    """The webhook as it is now."""
    return api.get(f"/webhooks/{hook['id']}").json


def pause_of(delivery: Json) -> timedelta:
    """How long until the next attempt."""
    return datetime.fromisoformat(delivery["dueAt"]) - clock.now()
