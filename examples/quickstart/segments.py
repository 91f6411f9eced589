"""Six segments, each of them twice: as a rule of plunk's, and as plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from people import BOUGHT, Person


@dataclass(frozen=True)
class Example:
    """A segment twice: as plunk's rule, and as Python. Its groups must all hold."""

    name: str
    groups: list[dict[str, Any]]
    holds: Callable[[Person], bool]


def examples(people: list[Person], file: str, before: str) -> list[Example]:
    """The six; each is about the contacts of this file only, whatever else plunk knows."""
    company = next((person.data["company"] for person in people if person.data["company"]), "Ltd")
    part = company.split()[-1].lower()
    now, month = datetime.now(UTC), timedelta(days=30)
    first_day = datetime.fromisoformat(before).replace(tzinfo=UTC)

    def nested(person: Person) -> bool:
        data = person.data
        is_paying = data["plan"] in ("starter", "pro") or (data["mrr"] is not None and data["mrr"] >= 100)
        return is_paying and not (data["active"] is False and data["country"] == "US")

    named = [
        (
            "Pro and new",
            [group(where("plan", "equals", "pro"), rule("createdAt", "within", value=30, unit="days"))],
            lambda person: person.data["plan"] == "pro" and person.created_at > now - month,
        ),
        (
            f"Company contains {part}",
            [group(where("company", "contains", part))],
            lambda person: part in (person.data["company"] or "").lower(),
        ),
        (
            "Revenue unknown",
            [group(where("mrr", "notExists"))],
            lambda person: person.data["mrr"] is None,
        ),
        (
            "Bought twice in a month",
            [group(rule(f"event.{BOUGHT}", "triggeredCount", value=2, window=30, unit="days"))],
            lambda person: sum(moment > now - month for moment in person.bought_at) >= 2,
        ),
        (
            f"Trial ends before {before}",
            [group(where("trialEndsAt", "lessThan", before))],
            lambda person: moment_of(person.data["trialEndsAt"], first_day) < first_day,
        ),
        (
            "Paying, but not asleep in the US",
            [
                {
                    "conditions": {
                        "logic": "OR",
                        "groups": [
                            group(where("plan", "in", ["starter", "pro"])),
                            group(where("mrr", "greaterThanOrEqual", 100)),
                        ],
                    }
                },
                {**group(where("active", "equals", False), where("country", "equals", "US")), "not": True},
            ],
            nested,
        ),
    ]
    of_this_file = group(where("quickstart", "equals", file))
    return [Example(f"Quickstart: {name}", [of_this_file, *groups], holds) for name, groups, holds in named]


def group(*filters: dict[str, Any]) -> dict[str, Any]:
    """Filters that must all hold."""
    return {"filters": list(filters)}


def where(column: str, operator: str, value: Any = None) -> dict[str, Any]:
    """A filter on custom data."""
    return rule(f"data.{column}", operator, **({} if value is None else {"value": value}))


def rule(name: str, operator: str, **members: Any) -> dict[str, Any]:
    return {"field": name, "operator": operator, **members}


def moment_of(text: str | None, otherwise: datetime) -> datetime:
    """A date or date-time as UTC; `otherwise` where there is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return found if found.tzinfo else found.replace(tzinfo=UTC)
