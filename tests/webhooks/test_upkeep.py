"""Deliveries grow old, and go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from plunk import clock
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.schedule import TASKS
from plunk.webhooks import upkeep
from plunk.webhooks.models import WebhookDelivery
from plunk.webhooks.sender import run
from plunk.webhooks.upkeep import forget_old_deliveries
from tests.api import Api
from tests.receiver import Receiver
from tests.webhooks.conftest import make_hook
from tests.webhooks.facts import Facts

pytestmark = pytest.mark.usefixtures("brief")


def forget(*, after_days: float) -> int:
    with clock.moved(timedelta(days=after_days)), transaction():
        return forget_old_deliveries()


def left() -> int:
    return db.session.scalar(select(func.count()).select_from(WebhookDelivery)) or 0


def test_what_ended_goes_after_its_time(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    facts.many(3)
    run()
    assert forget(after_days=29) == 0
    assert forget(after_days=31) == 3
    assert left() == 0


def test_what_is_on_its_way_stays(api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts) -> None:
    receiver.replies(500)
    facts.event()
    run()
    assert forget(after_days=31) == 0
    assert left() == 1


def test_what_waits_for_a_disabled_endpoint_goes_too(api: Api, hook: dict[str, Any], facts: Facts) -> None:
    facts.event()
    api.patch(f"/webhooks/{hook['id']}", {"enabled": False})
    assert forget(after_days=29) == 0
    assert forget(after_days=31) == 1


def test_all_of_a_deleted_endpoint_goes_at_once_and_nothing_of_others(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    make_hook(api, receiver, "/stays")
    facts.many(3)
    api.delete(f"/webhooks/{hook['id']}")
    run()
    assert receiver.at("/hook") == []
    assert len(receiver.at("/stays")) == 3
    assert forget(after_days=0) == 3
    assert left() == 3
    assert forget(after_days=0) == 0


def test_many_go_in_small_statements_and_not_all_in_one_turn(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    monkeypatch.setattr(upkeep, "MOST_BATCHES", 3)
    make_hook(api, receiver, "/other")
    facts.many(5)
    run()
    assert [forget(after_days=31) for _ in range(3)] == [6, 4, 0]


def test_the_scheduler_sees_to_it() -> None:
    assert forget_old_deliveries in [task.run for task in TASKS]
