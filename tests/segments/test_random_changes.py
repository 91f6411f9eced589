"""Whatever is written in whatever order, by many at once: members are who the rules name, and every move is told."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from plunk import clock
from plunk.db.locks import lock_alone
from plunk.db.session import transaction
from plunk.segments import computing, counting, refresh, timers
from plunk.testing.api import Api, Project
from tests.segments.rules import field, member_of, plan_is, rule, static
from tests.segments.traces import faults

PEOPLE = [f"c{number}@example.com" for number in range(12)]
PLANS = ["free", "trial", "pro"]


def make_segments(api: Api) -> list[dict[str, Any]]:
    tracked = {"trackMembership": True}
    trial = api.segment("Trial", plan_is("trial"), **tracked)
    plain = api.segment("Plain", field("data.score", "greaterThan", value=50))
    vip = static(api, "VIP", **tracked)
    new = api.segment("New", field("createdAt", "within", value=1, unit="days"), **tracked)
    return [
        trial,
        plain,
        vip,
        new,
        api.segment("Trial or high", member_of(trial), member_of(plain), **tracked),
        api.segment("Not VIP", {**member_of(vip), "operator": "notMemberOfSegment"}, **tracked),
        api.segment("Was on trial", field("event.segment.trial.exit", "triggered"), **tracked),
        api.segment("Active", field("event.login", "triggeredWithin", value=2, unit="days"), **tracked),
        api.segment("Quiet", field("event.login", "notTriggeredWithin", value=2, unit="days"), **tracked),
        api.segment(
            "Busy",
            field(
                "event.buy",
                "triggeredCount",
                value=2,
                where=[{"property": "n", "operator": "greaterThan", "value": 3}],
            ),
            **tracked,
        ),
        api.segment("Reachable", field("subscribed", "equals", value=True), member_of(new), **tracked),
    ]


def change(api: Api, segments: list[dict[str, Any]], dice: random.Random) -> None:
    email = dice.choice(PEOPLE)
    kind = dice.randrange(10)
    if kind < 4:
        data = {"plan": dice.choice(PLANS), "score": dice.randrange(100)}
        api.contact(email, data=dict(dice.sample(sorted(data.items()), dice.randint(1, 2))))
    elif kind == 4:
        api.track(email, dice.choice(["login", "buy"]), data={"n": dice.randrange(8)})
    elif kind == 5:
        api.contact(email, subscribed=dice.random() < 0.5)
    elif kind == 6:
        some = dice.sample(PEOPLE, 3)
        method = dice.choice(["POST", "DELETE"])
        path = f"/segments/{segments[2]['id']}/members"
        assert api.call(method, path, json={"emails": some}).status_code == 200
    elif kind == 7:
        some = [
            {"email": each, "event": "buy", "data": {"n": dice.randrange(8), "plan": dice.choice(PLANS)}}
            for each in dice.choices(PEOPLE, k=5)
        ]
        assert api.post("/v1/track/batch", {"events": some}).status_code == 200
    elif kind == 8:
        found = api.get(f"/contacts/by-email/{email}")
        if found.status_code == 200:
            assert api.delete(f"/contacts/{found.json['id']}").status_code in (204, 404)
    else:
        edited = dice.choice([segments[0], segments[1]])
        new_rule = (
            plan_is(dice.choice(PLANS))
            if edited is segments[0]
            else field("data.score", "greaterThan", value=dice.randrange(100))
        )
        answer = api.patch(f"/segments/{edited['id']}", {"condition": rule(new_rule)})
        assert answer.status_code == 200, answer.json


@pytest.mark.parametrize("seed", range(4))
def test_one_after_another(app: Flask, api: Api, project: Project, seed: int) -> None:
    dice = random.Random(seed)
    segments = make_segments(api)
    moved = timedelta()
    for _ in range(60):
        with clock.moved(moved):
            change(api, segments, dice)
            if dice.random() < 0.15:
                moved += timedelta(hours=dice.randrange(1, 30))
            with app.app_context():
                timers.sweep()
    with app.app_context(), clock.moved(moved):
        timers.sweep()
        assert faults(project.id) == []


def test_many_at_once(app: Flask, project: Project, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers, edits, a refresh in small ranges, the sweep and the adding up of counts."""
    monkeypatch.setattr(refresh, "RANGE", 4)
    monkeypatch.setattr(computing, "AT_ONCE", 0)
    segments = make_segments(api)
    walk(app, project)

    def writer(seed: int) -> Callable[[], None]:
        def work() -> None:
            dice, own = random.Random(seed), Api(app.test_client(), project.secret_key)
            for _ in range(40):
                change(own, segments, dice)

        return work

    def background() -> None:
        for _ in range(30):
            with app.app_context():
                timers.sweep()
                with transaction():
                    counting.fold()
            walk(app, project, most=3)

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work) for work in (*map(writer, range(5)), background)]:
            done.result()
    walk(app, project)
    with app.app_context():
        timers.sweep()
        assert faults(project.id) == []


def walk(app: Flask, project: Project, most: int = 1_000) -> None:
    with app.app_context():
        for _ in range(most):
            with transaction():
                lock_alone("rules", project.id)
                if refresh.step(project.id) is None:
                    return
