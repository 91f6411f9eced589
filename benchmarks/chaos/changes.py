"""Random changes of contacts over HTTP, each with a mark by which it is found again in what was written."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.chaos.client import Answer, Client
from benchmarks.chaos.segments import EDITED, STATIC, Ids, above

PLANS = ("free", "trial", "pro")
CITIES = ("Paris", "Rouen", "Lyon", "")
BACKDATED_SECONDS = 65


@dataclass
class Acknowledged:
    """Marks of changes whose answer came back: of writes to contacts, and of single and batched events."""

    writes: set[int] = field(default_factory=set)
    tracks: set[str] = field(default_factory=set)
    batched: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Changes:
    """What one client does, decided by its dice."""

    def __init__(
        self, client: Client, ids: Ids, people: int, dice: random.Random, done: Acknowledged
    ) -> None:
        self._client = client
        self._ids = ids
        self._people = [f"c{number}@example.com" for number in range(people)]
        self._dice = dice
        self._done = done
        self._kinds = {
            self._upsert: 34,
            self._flip: 12,
            self._track: 16,
            self._patch: 8,
            self._batch: 6,
            self._members: 11,
            self._delete: 6,
            self._move: 2,
            self._edit: 3,
        }

    def one(self, mark: int) -> None:
        """One change."""
        (kind,) = self._dice.choices(list(self._kinds), list(self._kinds.values()))
        kind(mark)

    def _upsert(self, mark: int) -> None:
        body = {"email": self._somebody(), "data": {**self._data(), "mark": mark}}
        if self._accepted(self._client.call("POST", "/contacts", body), 200, 201):
            self._note(self._done.writes, mark)

    def _flip(self, mark: int) -> None:
        body = {"email": self._somebody(), "subscribed": self._dice.random() < 0.5}
        self._accepted(self._client.call("POST", "/contacts", body), 200, 201)

    def _track(self, mark: int) -> None:
        """With a key: however often it is sent, it happens once."""
        body = {"email": self._somebody(), **self._event(str(mark))}
        key = f"track-{mark}"
        for _ in range(200):
            answer = self._client.call("POST", "/v1/track", body, **{"Idempotency-Key": key})
            if answer.status != 409:
                break
            if answer.body["error"]["details"]["originalStatusCode"] is not None:
                return self._note(self._done.tracks, str(mark))
        if self._accepted(answer, 200):
            self._note(self._done.tracks, str(mark))
        return None

    def _patch(self, mark: int) -> None:
        contact_id = self._find(self._somebody())
        if contact_id is None:
            return
        body: dict[str, Any] = {"data": {**self._data(), "mark": mark}}
        if self._dice.random() < 0.3:
            body["subscribed"] = self._dice.random() < 0.5
        answer = self._client.call("PATCH", f"/contacts/{contact_id}", body)
        if self._accepted(answer, 200, 404) and answer.status == 200:
            self._note(self._done.writes, mark)

    def _batch(self, mark: int) -> None:
        number = self._dice.randint(2, 15)
        items = [{"email": self._somebody(), **self._event(f"{mark}/{place}")} for place in range(number)]
        if self._accepted(self._client.call("POST", "/v1/track/batch", {"events": items}), 200):
            for item in items:
                self._note(self._done.batched, item["data"]["op"]["value"])

    def _members(self, mark: int) -> None:
        path = f"/segments/{self._ids[self._dice.choice(STATIC)]}/members"
        body: dict[str, Any] = {"emails": self._dice.sample(self._people, self._dice.randint(1, 8))}
        if self._dice.random() < 0.55:
            body["createMissing"] = self._dice.random() < 0.3
            self._accepted(self._client.call("POST", path, body), 200)
        else:
            self._accepted(self._client.call("DELETE", path, body), 200)

    def _delete(self, mark: int) -> None:
        contact_id = self._find(self._somebody())
        if contact_id:
            self._accepted(self._client.call("DELETE", f"/contacts/{contact_id}"), 204, 404)

    def _move(self, mark: int) -> None:
        """To an address that is free, or taken."""
        contact_id = self._find(self._somebody())
        if contact_id:
            body = {"email": self._somebody()}
            self._accepted(self._client.call("PATCH", f"/contacts/{contact_id}", body), 200, 404, 409)

    def _edit(self, mark: int) -> None:
        body = {"condition": above(self._dice.choice((20, 40, 60, 80)))}
        self._accepted(self._client.call("PATCH", f"/segments/{self._ids[EDITED]}", body), 200)

    def _find(self, email: str) -> str | None:
        answer = self._client.call("GET", f"/contacts/by-email/{email}")
        self._accepted(answer, 200, 404)
        return answer.body["id"] if answer.status == 200 else None

    def _somebody(self) -> str:
        return self._dice.choice(self._people)

    def _data(self) -> dict[str, Any]:
        everything: Mapping[str, Any] = {
            "plan": self._dice.choice(PLANS),
            "score": self._dice.randrange(100),
            "city": self._dice.choice(CITIES),
            "company": self._dice.choice(("Acme", None)),
            "tags": self._dice.sample("abc", self._dice.randint(0, 3)),
        }
        return {
            name: everything[name] for name in self._dice.sample(sorted(everything), self._dice.randint(1, 3))
        }

    def _event(self, op: str) -> dict[str, Any]:
        """An event whose data the contact does not keep; some happened up to a minute ago."""
        data = {"op": op, "n": self._dice.randrange(8)}
        event: dict[str, Any] = {
            "event": self._dice.choice(("login", "login", "buy")),
            "data": {name: {"value": value, "persistent": False} for name, value in data.items()},
        }
        if self._dice.random() < 0.5:
            moment = datetime.now(UTC) - timedelta(seconds=self._dice.uniform(0, BACKDATED_SECONDS))
            event["timestamp"] = moment.isoformat()
        return event

    def _accepted(self, answer: Answer, *expected: int) -> bool:
        if answer.status not in expected:
            self._client.tally.complain(f"an answer that nobody expects: {answer}")
        return answer.status in expected

    def _note(self, marks: set[Any], mark: Any) -> None:
        with self._done.lock:
            marks.add(mark)
