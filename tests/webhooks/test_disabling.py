"""Endpoints that are turned off, by hand or because they fail, and what waits for them meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plunk import clock
from plunk.webhooks.sender import run
from tests.api import Api
from tests.receiver import Receiver
from tests.webhooks.facts import Facts
from tests.webhooks.looking import only, view

pytestmark = pytest.mark.usefixtures("brief")
DAY = timedelta(days=1)


def test_410_disables_the_endpoint_and_says_so(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(410, 200)
    first = facts.event()
    run()
    assert only(api, hook)["state"] == "failed"
    after = view(api, hook)
    assert not after["enabled"]
    assert "410" in after["disabledReason"]
    assert after["disabledAt"]
    facts.event()
    run()
    assert receiver.ids == [f"msg_{first.id}"]


def test_what_waits_for_a_disabled_endpoint_is_sent_when_it_is_enabled_again(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500, 200)
    facts.event()
    run()
    api.patch(f"/webhooks/{hook['id']}", {"enabled": False})
    with clock.moved(DAY):
        run()
    assert len(receiver.requests) == 1
    enabled = api.patch(f"/webhooks/{hook['id']}", {"enabled": True}).json
    assert enabled["failingSince"] is None
    with clock.moved(DAY):
        run()
    assert only(api, hook)["state"] == "delivered"


def test_a_new_address_is_where_the_next_attempt_goes(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500, 200)
    facts.event()
    run()
    assert view(api, hook)["failingSince"]
    moved = api.patch(f"/webhooks/{hook['id']}", {"url": receiver.url + "/new"}).json
    assert moved["failingSince"] is None
    with clock.moved(DAY):
        run()
    assert [request.path for request in receiver.requests] == ["/hook", "/new"]


def test_an_endpoint_that_fails_for_five_days_is_disabled_and_says_why(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500)
    facts.event()
    run()
    since = view(api, hook)["failingSince"]
    assert since
    with clock.moved(DAY * 4.9):
        facts.event()
        run()
        assert view(api, hook)["enabled"]
    with clock.moved(DAY * 5.1):
        facts.event()
        run()
    after = view(api, hook)
    assert (after["enabled"], after["failingSince"]) == (False, since)
    assert "5 days" in after["disabledReason"]
    assert "500" in after["disabledReason"]


def test_one_success_in_between_begins_the_five_days_anew(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500, 500, 200)
    facts.event()
    run()
    with clock.moved(DAY * 4):
        run()
    with clock.moved(DAY * 4.1):
        facts.event()
        run()
        assert view(api, hook)["failingSince"] is None
    receiver.replies(500)
    with clock.moved(DAY * 5.1):
        facts.event()
        run()
        assert view(api, hook)["enabled"]
