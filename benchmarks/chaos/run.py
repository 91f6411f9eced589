"""One run: a house, its segments and webhooks, the load, the wait and the verdict."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.chaos import arrivals, audit, ending
from benchmarks.chaos.arrivals import Endpoint, Gate, Post
from benchmarks.chaos.changes import Acknowledged, Changes
from benchmarks.chaos.client import Client, Tally
from benchmarks.chaos.house import House, running
from benchmarks.chaos.killing import QUEUE, Killer
from benchmarks.chaos.load import Load, Plan
from benchmarks.chaos.replay import Replay
from benchmarks.chaos.segments import PLANS, Ids
from tests.receiver import Receiver, receiving

FOR_EVER = timedelta(days=1)


@dataclass(frozen=True)
class Result:
    """What came of it; all is well if there are no `faults`."""

    faults: list[str]
    tally: Tally
    kills: Counter[str]
    replay: Replay
    post: Post
    load_seconds: float
    quiet_seconds: float


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Result:
    """Everything in `folder`, which holds the log afterwards."""
    with receiving() as receiver, running(folder) as house:
        say(f"plunk runs in {folder}")
        gate = receiver.answer = Gate(random.Random(plan.seed))
        tally, done = Tally(), Acknowledged()
        ids = _set_up(Client(house.port, house.key, tally), receiver, gate)
        with house.connect() as connection:
            audit.install(connection)
        killer = Killer(house, random.Random(plan.seed + 1))

        def client(dice: random.Random) -> Changes:
            return Changes(Client(house.port, house.key, tally), ids, plan.people, dice, done)

        load = Load(plan, client)
        load_seconds = load.run(killer)
        say(f"{plan.flips:,} flips in {load_seconds:.0f} s; waiting until it is quiet")
        gate.is_calm = True
        killer.hit(QUEUE)
        ahead = FOR_EVER if plan.rests else timedelta(0)
        quiet_seconds, waiting = ending.wait_until_quiet(house, ahead=ahead)
        members = ending.wrong_members(house)
        with ending.time_standing_still(house):
            _, still_waiting = ending.wait_until_quiet(house, ahead=-FOR_EVER)
            replay, post, found = _judge(house, ids, gate, receiver, done)
        faults = [*waiting, *still_waiting, *members, *tally.faults, *load.faults, *found]
        return Result(faults, tally, killer.kills, replay, post, load_seconds, quiet_seconds)


def _set_up(client: Client, receiver: Receiver, gate: Gate) -> dict[str, str]:
    """The ids of segments by name."""
    ids: dict[str, str] = {}
    for plan in PLANS:
        body: dict[str, Any] = {"name": plan.name, "trackMembership": True}
        body |= {"condition": plan.rule(ids)} if plan.rule else {"type": "STATIC"}
        ids[plan.name] = _made(client, "/segments", body)["id"]
    for path, prefix in (("/all", ""), ("/segments", "segment.")):
        body = {"url": receiver.url + path, "events": [f"{prefix}*"]}
        gate.endpoints.append(Endpoint(path, _made(client, "/webhooks", body)["secret"], prefix))
    return ids


def _judge(
    house: House, ids: Ids, gate: Gate, receiver: Receiver, done: Acknowledged
) -> tuple[Replay, Post, list[str]]:
    with house.connect() as connection:
        rows = audit.read(connection)
    names = {segment_id: name for name, segment_id in ids.items()}
    replay = Replay(names)
    replay.run(rows)
    post = arrivals.check(gate.endpoints, list(receiver.requests), rows)
    found = [
        *replay.faults,
        *ending.differences(house, replay.people, names),
        *ending.lost_or_doubled(done, rows),
        *gate.faults,
        *post.faults,
    ]
    return replay, post, found


def _made(client: Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.call("POST", path, body)
    if answer.status != 201:
        raise RuntimeError(f"POST {path}: {answer}")
    return answer.body
