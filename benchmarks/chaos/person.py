"""A contact as the oracle knows it: from the rows that were written, not from what the engine made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Person:
    """`logins` are the moments of `login`, `buys` the numbers that went with `buy`, `was_told` the names of entries and
    exits told so far. `is_above` is what the edited rule says now, `member` where plunk keeps the contact."""

    created_at: datetime
    email: str = ""
    subscribed: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    logins: list[datetime] = field(default_factory=list)
    buys: list[Any] = field(default_factory=list)
    was_told: set[str] = field(default_factory=set)
    is_above: bool = False
    member: set[str] = field(default_factory=set)

    def take(self, content: Mapping[str, Any]) -> None:
        """The row as it was written."""
        self.email = content["email"]
        self.subscribed = content["subscribed"]
        self.data = content["data"]

    def note_event(self, content: Mapping[str, Any]) -> None:
        """An event as it was stored."""
        if content["name"] == "login":
            self.logins.append(datetime.fromisoformat(content["at"]))
        elif content["name"] == "buy":
            self.buys.append(content["data"].get("n"))

    def follow(self, segment: str, slug: str, *, is_entry: bool) -> None:
        """What plunk told."""
        (self.member.add if is_entry else self.member.discard)(segment)
        self.was_told.add(f"segment.{slug}.{'entry' if is_entry else 'exit'}")

    def score_above(self, limit: float) -> bool:
        """Whether there is a score, and a greater one."""
        return "score" in self.data and self.data["score"] > limit
