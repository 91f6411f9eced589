"""What `check_operator` raises, and how it shows values."""

from __future__ import annotations

import json
from typing import Any


class UnsoundOperator(AssertionError):
    """An operator breaks a promise; the text names the value and the answers."""


def shown(filter: Any) -> str:
    """A filter as JSON, shortened."""
    text = json.dumps(dict(filter), ensure_ascii=False, default=repr)
    return text if len(text) <= 300 else f"{text[:300]}…"
