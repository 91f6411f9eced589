"""Rules to begin with, for somebody who has no segment yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString, lazy_gettext


@dataclass(frozen=True)
class Example:
    """`key` is how links name it."""

    key: str
    name: LazyString
    text: LazyString
    condition: dict[str, Any]


def _all_of(*filters: dict[str, Any]) -> dict[str, Any]:
    return {"logic": "AND", "groups": [{"filters": list(filters)}]}


EXAMPLES = (
    Example(
        "new",
        lazy_gettext("New this month"),
        lazy_gettext("Came in the last 30 days and want to hear from you."),
        _all_of(
            {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"},
            {"field": "subscribed", "operator": "equals", "value": True},
        ),
    ),
    Example(
        "quiet",
        lazy_gettext("Gone quiet"),
        lazy_gettext("Got mail in the last 90 days and opened none of it."),
        _all_of(
            {"field": "email.sent", "operator": "triggeredWithin", "value": 90, "unit": "days"},
            {"field": "email.opened", "operator": "notTriggeredWithin", "value": 90, "unit": "days"},
        ),
    ),
    Example(
        "pro",
        lazy_gettext("Paying customers"),
        lazy_gettext("On the plan “pro” or “team”, by the field plan."),
        _all_of({"field": "data.plan", "operator": "in", "value": ["pro", "team"]}),
    ),
)
BY_KEY = {each.key: each for each in EXAMPLES}
