"""Twenty tracked segments, each said twice: as a rule for plunk, and as a line of Python for the oracle.

The oracle shares nothing with `plunk.filters`. A segment stands behind those that it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.chaos.person import Person

Ids = Mapping[str, str]
"""The ids of segments by name."""

MINUTE = timedelta(minutes=1)
EDITED = "Above"
FIRST_LIMIT = 50
STATIC = ("VIP", "Beta")


@dataclass(frozen=True)
class Plan:
    """One segment. `rule` makes its condition, none for a static one. `holds` says who is in; where time decides,
    `until` says when somebody stops to be in (`is_negated`: begins to), if ever. `follows_edits`: it is edited while
    everything runs, or reads one that is."""

    name: str
    rule: Callable[[Ids], dict[str, Any]] | None = None
    holds: Callable[[Person], bool] | None = None
    until: Callable[[Person], datetime | None] | None = None
    is_negated: bool = False
    is_about_logins: bool = False
    follows_edits: bool = False

    def is_true(self, person: Person, now: datetime) -> bool:
        """Whether the person belongs in at that moment."""
        if self.until:
            end = self.until(person)
            return (end is not None and now < end) != self.is_negated
        return bool(self.holds and self.holds(person))


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def where(*filters: dict[str, Any], logic: str = "AND") -> Callable[[Ids], dict[str, Any]]:
    """A rule of filters, joined by `logic`, that needs no ids."""
    return lambda ids: condition(filters, logic)


def condition(filters: Sequence[dict[str, Any]], logic: str = "AND") -> dict[str, Any]:
    return {"logic": logic, "groups": [{"filters": [each]} for each in filters]}


def above(limit: int) -> dict[str, Any]:
    """The rule that is edited while everything runs."""
    return condition([leaf("data.score", "greaterThan", value=limit)])


def leaf(name: str, operator: str, **members: Any) -> dict[str, Any]:
    return {"field": name, "operator": operator, **members}


def _member(ids: Ids, name: str, operator: str = "memberOfSegment") -> dict[str, Any]:
    return leaf(f"segment.{ids[name]}", operator)


def _last(moments: Sequence[datetime], place: int) -> datetime | None:
    """A minute after the `place`-th latest."""
    return sorted(moments)[-place] + MINUTE if len(moments) >= place else None


_MORE = [{"property": "n", "operator": "greaterThan", "value": 3}]

PLANS = (
    Plan("VIP"),
    Plan("Beta"),
    Plan(
        "Trial",
        where(leaf("data.plan", "equals", value="trial")),
        lambda one: one.data.get("plan") == "trial",
    ),
    Plan("Pro", where(leaf("data.plan", "equals", value="pro")), lambda one: one.data.get("plan") == "pro"),
    Plan("High", where(leaf("data.score", "greaterThan", value=50)), lambda one: one.score_above(50)),
    Plan(
        "Middle",
        where(leaf("data.score", "between", value=[20, 60])),
        lambda one: one.score_above(19) and not one.score_above(60),
    ),
    Plan(
        "On the Seine",
        where(leaf("data.city", "in", value=["Paris", "Rouen"])),
        lambda one: one.data.get("city") in ("Paris", "Rouen"),
    ),
    Plan("Company", where(leaf("data.company", "exists")), lambda one: one.data.get("company") is not None),
    Plan(
        "Tagged", where(leaf("data.tags", "includes", value="a")), lambda one: "a" in one.data.get("tags", ())
    ),
    Plan("Opted out", where(leaf("subscribed", "equals", value=False)), lambda one: not one.subscribed),
    Plan(EDITED, lambda ids: above(FIRST_LIMIT), lambda one: one.is_above, follows_edits=True),
    Plan(
        "Buyers",
        where(leaf("event.buy", "triggeredCount", value=2, where=_MORE)),
        lambda one: sum(number > 3 for number in one.buys) >= 2,
    ),
    Plan(
        "Active",
        where(leaf("event.login", "triggeredWithin", value=1, unit="minutes")),
        until=lambda one: _last(one.logins, 1),
        is_about_logins=True,
    ),
    Plan(
        "Quiet",
        where(leaf("event.login", "notTriggeredWithin", value=1, unit="minutes")),
        until=lambda one: _last(one.logins, 1),
        is_negated=True,
        is_about_logins=True,
    ),
    Plan(
        "Eager",
        where(leaf("event.login", "triggeredCount", value=2, window=1, unit="minutes")),
        until=lambda one: _last(one.logins, 2),
        is_about_logins=True,
    ),
    Plan(
        "New",
        where(leaf("createdAt", "within", value=1, unit="minutes")),
        until=lambda one: one.created_at + MINUTE,
    ),
    Plan(
        "Pro or high",
        lambda ids: condition([_member(ids, "Pro"), _member(ids, "High")], "OR"),
        lambda one: bool({"Pro", "High"} & one.member),
    ),
    Plan(
        "Not VIP",
        lambda ids: condition([_member(ids, "VIP", "notMemberOfSegment")]),
        lambda one: "VIP" not in one.member,
    ),
    Plan(
        "Was on trial",
        where(leaf("event.segment.trial.exit", "triggered")),
        lambda one: "segment.trial.exit" in one.was_told,
    ),
    Plan(
        "Active and above",
        lambda ids: condition(
            [_member(ids, "Active"), _member(ids, EDITED), leaf("subscribed", "equals", value=True)]
        ),
        lambda one: "Active" in one.member and one.is_above and one.subscribed,
        follows_edits=True,
    ),
)
