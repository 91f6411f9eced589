"""Names that events may have, and those that belong to the system."""

from __future__ import annotations

import re

_RESERVED = re.compile(r"email\..*|contact\.(un)?subscribed|segment\..*\.(entry|exit)", re.DOTALL)


def is_reserved(name: str) -> bool:
    """Whether only the system itself may record events of that name."""
    return _RESERVED.fullmatch(name) is not None
