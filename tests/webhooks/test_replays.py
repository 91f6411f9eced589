"""Sending again what was sent before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from plunk import clock
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.webhooks import deliveries
from plunk.webhooks.leasing import lease
from plunk.webhooks.sender import run
from tests.api import Api, problems
from tests.receiver import Receiver
from tests.web.envelope import error_of
from tests.webhooks.conftest import make_hook
from tests.webhooks.facts import Facts
from tests.webhooks.looking import listed, only

pytestmark = pytest.mark.usefixtures("brief")
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def replay(api: Api, hook: dict[str, Any], **body: Any) -> int:
    response = api.post(f"/webhooks/{hook['id']}/replay", body)
    assert response.status_code == 202, response.json
    return response.json["replayed"]


def test_a_delivered_one_can_be_sent_again(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    facts.event()
    run()
    delivery = only(api, hook)
    response = api.post(f"/webhooks/{hook['id']}/deliveries/{delivery['id']}/replay")
    assert response.status_code == 202
    again = response.json
    assert (again["id"], again["webhookId"]) == (delivery["id"], delivery["webhookId"])
    assert (again["state"], again["attempts"], again["finishedAt"]) == ("pending", 0, None)
    run()
    assert len(receiver.requests) == 2
    assert len({(each.id, each.body) for each in receiver.requests}) == 1
    assert only(api, hook)["state"] == "delivered"


def test_a_failed_one_begins_its_attempts_anew(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(410, 500, 200)
    facts.event()
    run()
    assert only(api, hook)["state"] == "failed"
    api.patch(f"/webhooks/{hook['id']}", {"enabled": True})
    api.post(f"/webhooks/{hook['id']}/deliveries/{only(api, hook)['id']}/replay")
    run()
    assert (only(api, hook)["state"], only(api, hook)["attempts"]) == ("pending", 1)


def test_one_that_waits_for_a_retry_is_sent_now(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500, 200)
    facts.event()
    run()
    api.post(f"/webhooks/{hook['id']}/deliveries/{only(api, hook)['id']}/replay")
    run()
    assert only(api, hook)["state"] == "delivered"


def test_a_replay_holds_back_nothing_and_waits_for_nothing(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    contact = facts.event().contact_id
    run()
    api.post(f"/webhooks/{hook['id']}/deliveries/{only(api, hook)['id']}/replay")
    facts.event(contact=contact)
    with transaction():
        assert len(lease(room=64, room_for_failing=64, seconds=60)) == 2


def test_what_is_being_sent_is_left_alone(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    facts.event()
    with transaction():
        lease(room=1, room_for_failing=1, seconds=60)
    response = api.post(f"/webhooks/{hook['id']}/deliveries/{only(api, hook)['id']}/replay")
    assert response.status_code == 202
    assert replay(api, hook, since="2020-01-01") == 0
    with transaction():
        assert lease(room=1, room_for_failing=1, seconds=60) == []


@pytest.mark.parametrize("delivery_id", [UNKNOWN, "nonsense"])
def test_an_unknown_delivery_is_404(api: Api, hook: dict[str, Any], delivery_id: str) -> None:
    error_of(api.post(f"/webhooks/{hook['id']}/deliveries/{delivery_id}/replay"), 404, "DELIVERY_NOT_FOUND")


def test_a_delivery_of_another_webhook_is_404(
    api: Api, other_api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    facts.event()
    delivery = only(api, hook)
    mine = make_hook(api, receiver)
    theirs = make_hook(other_api, receiver)
    for caller, other in ((api, mine), (other_api, theirs)):
        path = f"/webhooks/{other['id']}/deliveries/{delivery['id']}/replay"
        error_of(caller.post(path), 404, "DELIVERY_NOT_FOUND")
    assert listed(other_api, theirs)["data"] == []


def test_all_since_a_moment_are_sent_again(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    facts.event()
    run()
    with transaction():
        db.session.execute(text("UPDATE webhook_deliveries SET created_at = created_at - interval '1 hour'"))
    since = clock.iso(clock.now() - timedelta(minutes=30))
    later = [f"msg_{fact.id}" for fact in facts.many(3)]
    run()
    receiver.requests.clear()
    assert replay(api, hook, since=since) == 3
    run()
    assert sorted(receiver.ids) == sorted(later)


def test_a_state_narrows_what_is_sent_again(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500, 200)
    for _ in range(3):
        facts.event()
        run()
    facts.event()
    assert replay(api, hook, since="2020-01-01", state="failed") == 0
    assert replay(api, hook, since="2020-01-01", state="pending") == 1, "not the one that was never tried"
    assert replay(api, hook, since="2020-01-01", state="delivered") == 2
    assert replay(api, hook, since="9999-12-31T23:59:59Z") == 0


def test_many_are_sent_again_in_small_statements(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "BATCH", 3)
    facts.many(10)
    run()
    assert replay(api, hook, since="2020-01-01") == 10
    run()
    assert len(receiver.requests) == 20


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "since"),
        ({"since": None}, "since"),
        ({"since": 5}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-13-01"}, "since"),
        ({"since": "2026-01-01", "state": "lost"}, "state"),
        ({"since": "2026-01-01", "state": 5}, "state"),
    ],
)
def test_a_bad_replay_is_refused(api: Api, hook: dict[str, Any], body: dict[str, Any], field: str) -> None:
    response = api.post(f"/webhooks/{hook['id']}/replay", body)
    error_of(response, 422)
    assert list(problems(response)) == [field]


@pytest.mark.parametrize(
    "since", ["0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31", "1970-01-01T00:00:00.5Z"]
)
def test_any_moment_will_do(api: Api, hook: dict[str, Any], facts: Facts, since: str) -> None:
    facts.event()
    run()
    assert replay(api, hook, since=since) == (0 if since.startswith("9") else 1)


def test_what_is_replayed_for_a_disabled_endpoint_waits_until_it_is_enabled(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    facts.event()
    run()
    api.patch(f"/webhooks/{hook['id']}", {"enabled": False})
    assert replay(api, hook, since="2020-01-01") == 1
    run()
    assert len(receiver.requests) == 1
    api.patch(f"/webhooks/{hook['id']}", {"enabled": True})
    run()
    assert len(receiver.requests) == 2
