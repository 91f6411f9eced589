"""What the receiver got, held against what was written: each message there, each only once by its id, in order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import WebhookVerificationError

from benchmarks.chaos.audit import Seen
from benchmarks.chaos.replay import grouped
from tests.receiver import Received, Reply

SOME = 5
TURNED_AWAY = 0.01


@dataclass(frozen=True)
class Endpoint:
    """A webhook: where it points, how it signs, and how the names of what it wants begin."""

    path: str
    secret: str
    prefix: str


class Gate:
    """Where messages come in: verified at once, since a signature is good for five minutes. Some are turned away the
    first time, until it `is_calm`."""

    def __init__(self, dice: random.Random) -> None:
        self.endpoints: list[Endpoint] = []
        self.faults: list[str] = []
        self.is_calm = False
        self._dice = dice
        self._known: set[tuple[str, str]] = set()

    def __call__(self, request: Received) -> Reply:
        if not is_whole(request):
            return Reply(400)
        (endpoint,) = (each for each in self.endpoints if each.path == request.path)
        try:
            request.verify(endpoint.secret)
        except WebhookVerificationError as problem:
            self.faults.append(f"{request.path}: {request.id} does not verify: {problem}")
        is_known = self.is_calm or (request.path, request.id) in self._known
        self._known.add((request.path, request.id))
        return Reply(500) if not is_known and self._dice.random() < TURNED_AWAY else Reply()


@dataclass
class Post:
    """The findings for all endpoints together."""

    faults: list[str] = field(default_factory=list)
    messages: int = 0
    redelivered: int = 0


def check(endpoints: Iterable[Endpoint], requests: Sequence[Received], rows: Sequence[Seen]) -> Post:
    """Compares, endpoint by endpoint."""
    post = Post(_facts_missing(rows))
    expected = {f"msg_{row.content['fact_id']}": row.content for row in rows if row.what == "fact"}
    for endpoint in endpoints:
        wanted = {key: fact for key, fact in expected.items() if fact["topic"].startswith(endpoint.prefix)}
        arrived = [request for request in requests if request.path == endpoint.path and is_whole(request)]
        post.messages += len(wanted)
        post.redelivered += len(arrived) - len({request.id for request in arrived})
        found = [*_differing(arrived, wanted), *_out_of_order(arrived)]
        post.faults += [f"{endpoint.path}: {fault}" for fault in found]
    return post


def is_whole(request: Received) -> bool:
    """Whether the sender lived to send all of it. A server that reads half a message has received none."""
    return len(request.body) == int(request.headers["content-length"])


def _differing(arrived: Sequence[Received], wanted: Mapping[str, Any]) -> list[str]:
    """Missing, unknown, or told differently from one time to the next."""
    bodies: dict[str, set[bytes]] = {}
    for request in arrived:
        bodies.setdefault(request.id, set()).add(request.body)
    missing, strange = wanted.keys() - bodies.keys(), bodies.keys() - wanted.keys()
    found = [f"{key} differs from one time to the next" for key, texts in bodies.items() if len(texts) > 1]
    if missing:
        found.append(f"{len(missing)} never came: {[wanted[key] for key in sorted(missing)[:SOME]]}")
    if strange:
        found.append(f"{len(strange)} came that nobody caused: {sorted(strange)[:SOME]}")
    for request in arrived:
        fact, payload = wanted.get(request.id), request.payload
        told = (payload["type"], payload["sequence"], payload["data"]["contact"]["id"])
        if fact and told != (fact["topic"], fact["sequence"], fact["contact_id"]):
            found.append(f"{request.id} says {told} of {fact}")
    return found


def _out_of_order(arrived: Sequence[Received]) -> list[str]:
    """The first time that each message about a contact came, in the order of their sequences."""
    found, latest, known = [], dict[str, int](), set[str]()
    for request in arrived:
        if request.id in known:
            continue
        known.add(request.id)
        payload = request.payload
        contact_id, sequence = payload["data"]["contact"]["id"], payload["sequence"]
        if sequence <= latest.get(contact_id, 0):
            found.append(f"{request.id} is number {sequence} of {contact_id}, after {latest[contact_id]}")
        latest[contact_id] = max(sequence, latest.get(contact_id, 0))
    return found


def _facts_missing(rows: Sequence[Seen]) -> list[str]:
    """Facts are told of every event, every entry and exit, and of contacts that come, change and go; they are numbered
    from 1 for each contact, without gaps."""
    found = []
    facts = [row.content for row in rows if row.what == "fact"]
    told, events = {fact["fact_id"] for fact in facts}, {r.content["id"] for r in rows if r.what == "event"}
    if events - told:
        found.append(f"{len(events - told)} events of which nobody was told: {sorted(events - told)[:SOME]}")
    if len(told) != len(facts):
        found.append(f"{len(facts) - len(told)} facts were recorded twice")
    lives = Counter(fact["topic"] for fact in facts if fact["fact_id"] not in events)
    if lives != (wanted := _lives(rows)):
        found.append(f"contacts came, changed and went {dict(wanted)}, told were {dict(lives)}")
    numbers: dict[str, list[int]] = {}
    for fact in facts:
        numbers.setdefault(fact["contact_id"], []).append(fact["sequence"])
    for contact_id, sequences in numbers.items():
        if sorted(sequences) != list(range(1, len(sequences) + 1)):
            found.append(f"{contact_id} has the sequences {sorted(sequences)}")
    return found


def _lives(rows: Sequence[Seen]) -> Counter[str]:
    """How many contacts were created, updated and deleted, transaction by transaction."""
    found: Counter[str] = Counter()
    for group in grouped(rows).values():
        kinds = {row.what for row in group}
        found["contact.created"] += "made" in kinds
        found["contact.updated"] += "changed" in kinds and "made" not in kinds
        found["contact.deleted"] += "gone" in kinds
    return +found
