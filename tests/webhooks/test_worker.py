"""From a write to its receiver, through real workers."""

from __future__ import annotations

from typing import Any

import pytest

from plunk.config import Settings
from tests.api import Api
from tests.live import eventually, scheduler, work_off, worker
from tests.receiver import Received, Receiver
from tests.webhooks.conftest import make_hook

pytestmark = pytest.mark.usefixtures("alone")

SLOW_START = 60
"""Seconds until workers are surely at work, on a machine that does much else."""


def of_type(receiver: Receiver, kind: str) -> list[Received]:
    return [each for each in receiver.requests if each.payload["type"] == kind]


def test_what_is_tracked_arrives(
    settings: Settings, api: Api, hook: dict[str, Any], receiver: Receiver
) -> None:
    with worker(settings, "facts", "webhooks"):
        tracked = api.track("ada@example.com", "signed_up", data={"plan": "pro"})
        (request,) = eventually(lambda: of_type(receiver, "signed_up"), within=SLOW_START)
    payload = request.verify(hook["secret"])
    contact = {"id": tracked["contact"], "email": "ada@example.com", "subscribed": True}
    assert payload["data"] == {"contact": {**contact, "data": {"plan": "pro"}}, "event": {"plan": "pro"}}


def test_who_comes_into_a_segment_and_leaves_it_is_told_in_order(
    settings: Settings, api: Api, receiver: Receiver
) -> None:
    hook = make_hook(api, receiver, events=["segment.*"])
    pros = {"field": "data.plan", "operator": "equals", "value": "pro"}
    segment = api.segment("Trial users", pros, trackMembership=True)
    ada = api.contact("ada@example.com", data={"plan": "pro"})["id"]
    api.contact("ada@example.com", data={"plan": "free"})
    api.contact("ada@example.com", data={"plan": "pro"})
    api.delete(f"/contacts/{ada}")
    work_off(settings)
    payloads = [request.verify(hook["secret"]) for request in receiver.requests]
    assert [each["type"] for each in payloads] == [
        "segment.trial-users.entry",
        "segment.trial-users.exit",
        "segment.trial-users.entry",
        "segment.trial-users.exit",
    ]
    sequences = [each["sequence"] for each in payloads]
    assert sequences == sorted(set(sequences))
    assert payloads[-1]["data"] == {
        "contact": {"id": ada, "email": "ada@example.com", "subscribed": True, "data": {"plan": "pro"}},
        "event": {"segmentId": segment["id"], "segmentName": "Trial users"},
        "segment": {"id": segment["id"], "name": "Trial users", "slug": "trial-users"},
    }
    assert len(set(receiver.ids)) == 4


def test_a_retry_comes_by_itself(
    settings: Settings, api: Api, hook: dict[str, Any], receiver: Receiver
) -> None:
    """After about five seconds; the scheduler wakes the sender."""
    receiver.replies(500, 200)
    with worker(settings, "facts", "webhooks"), scheduler(settings):
        assert api.post(f"/webhooks/{hook['id']}/test").status_code == 202
        eventually(lambda: len(receiver.requests) == 2, within=SLOW_START)
    first, second = receiver.requests
    assert second.at - first.at >= 4.4
    assert (first.id, first.body) == (second.id, second.body)
