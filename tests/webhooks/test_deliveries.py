"""Looking at deliveries, and trying an endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from plunk.webhooks.sender import run
from tests.api import Api, problems
from tests.receiver import Receiver, Reply
from tests.web.envelope import TIME, error_of
from tests.webhooks.conftest import make_hook
from tests.webhooks.facts import Facts
from tests.webhooks.looking import listed, only

pytestmark = pytest.mark.usefixtures("brief")


def test_a_delivery_says_all_there_is_to_know(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(Reply(500, body=b"out of order"))
    fact = facts.event("bought", data={"price": 5})
    run()
    delivery = only(api, hook)
    assert delivery == {
        "id": delivery["id"],
        "webhookId": f"msg_{fact.id}",
        "type": "bought",
        "state": "pending",
        "attempts": 1,
        "dueAt": delivery["dueAt"],
        "body": receiver.requests[0].payload,
        "responseStatus": 500,
        "responseBody": "out of order",
        "error": "The receiver answered 500",
        "durationMs": delivery["durationMs"],
        "createdAt": delivery["createdAt"],
        "finishedAt": None,
    }
    assert TIME.fullmatch(delivery["dueAt"])
    assert TIME.fullmatch(delivery["createdAt"])


def test_the_list_is_newest_first_and_goes_by_pages(api: Api, hook: dict[str, Any], facts: Facts) -> None:
    told = [f"msg_{fact.id}" for fact in facts.many(7)][::-1]
    first = listed(api, hook, limit=4)
    assert (first["total"], first["hasMore"]) == (7, True)
    facts.event()
    second = listed(api, hook, limit=4, cursor=first["cursor"])
    assert (second["total"], second["hasMore"], second["cursor"]) == (0, False, None)
    assert [each["webhookId"] for each in first["data"] + second["data"]] == told


def test_the_list_can_be_of_one_state(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500, 200)
    for _ in range(2):
        facts.event()
        run()
    facts.event()
    assert [each["attempts"] for each in listed(api, hook, state="pending")["data"]] == [0, 1]
    assert listed(api, hook, state="delivered")["total"] == 1
    assert listed(api, hook, state="failed") == {"data": [], "cursor": None, "hasMore": False, "total": 0}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"state": "lost"}, "state"), ({"limit": "x"}, "limit"), ({"cursor": "x"}, "cursor")],
)
def test_a_bad_query_is_refused(api: Api, hook: dict[str, Any], query: dict[str, str], field: str) -> None:
    response = api.get(f"/webhooks/{hook['id']}/deliveries", **query)
    error_of(response, 422)
    assert list(problems(response)) == [field]


def test_a_cursor_belongs_to_its_list(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    other = make_hook(api, receiver, "/other")
    facts.many(3)
    cursor = listed(api, hook, limit=1)["cursor"]
    for path, query in (
        (f"/webhooks/{other['id']}/deliveries", {}),
        (f"/webhooks/{hook['id']}/deliveries", {"state": "pending"}),
        ("/webhooks", {}),
    ):
        error_of(api.get(path, cursor=cursor, **query), 422)


def test_a_test_arrives_like_an_event_whatever_the_endpoint_wants(
    api: Api, receiver: Receiver, context: None
) -> None:
    hook = make_hook(api, receiver, events=["nothing"])
    response = api.post(f"/webhooks/{hook['id']}/test")
    assert response.status_code == 202
    assert (response.json["type"], response.json["state"]) == ("webhook.test", "pending")
    run()
    (request,) = receiver.requests
    payload = request.verify(hook["secret"])
    assert payload == only(api, hook)["body"]
    assert payload["type"] == "webhook.test"
    assert set(payload["data"]["contact"]) == {"id", "email", "subscribed", "data"}
    assert only(api, hook)["state"] == "delivered"
    api.post(f"/webhooks/{hook['id']}/test")
    run()
    assert receiver.ids[0] != receiver.ids[1]


def test_a_disabled_endpoint_is_not_tested(api: Api, receiver: Receiver) -> None:
    hook = make_hook(api, receiver, enabled=False)
    error_of(api.post(f"/webhooks/{hook['id']}/test"), 409, "WEBHOOK_DISABLED")
    assert listed(api, hook)["total"] == 0
