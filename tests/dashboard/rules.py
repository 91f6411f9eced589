"""Rules as the forms of segments send them."""

from __future__ import annotations

import json
from typing import Any

PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}
RECENT = {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"}


def sent(condition: Any) -> str:
    """What the field of the rule holds; text goes as it is."""
    return condition if isinstance(condition, str) else json.dumps(condition)
