"""Rules of all kinds, every one of them concerned by the same write, of which none flips, or each one.

A write brings the whole of `PERSON` again with another `score`, and an event `login`: what a web shop sends when
somebody logs in. Whether a rule is met does not depend on the score, or on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

Condition = dict[str, Any]
EVENT = "login"
LOW, HIGH, LIMIT = 40, 60, 50
"""Scores that writes take turns with, and what lies between them."""


def person(today: date) -> dict[str, Any]:
    """The data of everybody, but for the score."""
    return {
        "plan": "starter",
        "mrr": 120,
        "country": "DE",
        "company": "North Labs GmbH",
        "tags": ["newsletter", "beta"],
        "active": True,
        "trialEndsAt": (today + timedelta(days=10)).isoformat(),
        "address": {"city": "Berlin"},
    }


def concerned(
    number: int, today: date, *, flips: bool, create: Callable[[str, Condition], UUID]
) -> list[UUID]:
    """So many rules, given to `create` one after the other: some read the segment made before them."""
    made: list[UUID] = []
    for place in range(number):
        group, is_met = _kinds(today, place // KINDS, made)[place % KINDS]
        groups = [group]
        if flips:
            groups = [
                group if is_met else {**group, "not": True},
                {"filters": [_leaf("score", "greaterThan", LIMIT)]},
            ]
        made.append(create(f"rule {place}", {"logic": "AND", "groups": groups}))
    return made


KINDS = 20
_Kind = tuple[dict[str, Any], bool]


def _kinds(today: date, variant: int, made: list[UUID]) -> list[_Kind]:
    """Groups, and whether our people meet them. Each time with other values."""
    kinds = [
        *_texts(variant),
        *_numbers(variant),
        *_dates(today, variant),
        *_events(variant),
        *_mixed(variant, made),
    ]
    assert len(kinds) == KINDS
    return kinds


def _texts(variant: int) -> list[_Kind]:
    return [
        _kind(True, _leaf("plan", "equals", "starter")),
        _kind(False, _leaf("plan", "equals", f"enterprise {variant}")),
        _kind(True, _leaf("country", "in", ["DE", "AT", "CH", f"X{variant}"])),
        _kind(True, _leaf("address.city", "notEquals", f"Paris {variant}")),
        _kind(True, _leaf("company", "contains", "north")),
        _kind(False, _leaf("company", "startsWith", f"south {variant}")),
        _kind(False, _leaf("tags", "includes", f"vip {variant}")),
    ]


def _numbers(variant: int) -> list[_Kind]:
    return [
        _kind(True, _leaf("mrr", "greaterThan", 50 + variant)),
        _kind(False, _leaf("mrr", "between", [500 + variant, 900])),
        _kind(True, _leaf("score", "lessThan", 1000 + variant)),
    ]


def _dates(today: date, variant: int) -> list[_Kind]:
    span = [(today - timedelta(days=variant)).isoformat(), (today + timedelta(days=30)).isoformat()]
    recently = {"field": "updatedAt", "operator": "within", "value": 30 + variant, "unit": "days"}
    return [
        _kind(True, _leaf("trialEndsAt", "between", span)),
        _kind(True, _leaf("trialEndsAt", "withinNext", 30 + variant, unit="days")),
        _kind(False, _leaf("trialEndsAt", "within", 7 + variant, unit="days")),
        _kind(True, recently),
    ]


def _events(variant: int) -> list[_Kind]:
    starter = _leaf("plan", "equals", "starter")
    return [
        _kind(True, _logged_in("triggeredWithin", value=30 + variant, unit="days")),
        _kind(False, _logged_in("notTriggeredWithin", value=90 + variant, unit="days"), starter),
        _kind(False, _logged_in("triggeredCount", value=1_000_000 + variant)),
        _kind(False, _logged_in("triggeredCount", value=100_000, window=30 + variant, unit="days")),
    ]


def _mixed(variant: int, made: list[UUID]) -> list[_Kind]:
    """The first reads another segment, the other is nested."""
    other = made[variant * KINDS] if len(made) > variant * KINDS else UUID(int=0)
    is_in = {"field": f"segment.{other}", "operator": "memberOfSegment"}
    either = [
        {"filters": [_leaf("plan", "in", ["pro", "enterprise"])]},
        {"filters": [_leaf("mrr", "greaterThanOrEqual", 100 + variant)]},
    ]
    return [
        _kind(True, is_in, _leaf("score", "lessThan", 1000)),
        (
            {"filters": [_leaf("active", "equals", True)], "conditions": {"logic": "OR", "groups": either}},
            True,
        ),
    ]


def _kind(is_met: bool, *filters: dict[str, Any]) -> _Kind:
    return {"filters": list(filters)}, is_met


def _leaf(key: str, operator: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": f"data.{key}", "operator": operator, "value": value, **more}


def _logged_in(operator: str, **more: Any) -> dict[str, Any]:
    return {"field": f"event.{EVENT}", "operator": operator, **more}
