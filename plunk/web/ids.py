"""Ids as they stand in paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from plunk.errors import NotFound

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def path_id(text: str, unknown: Callable[[], NotFound]) -> UUID:
    """The id, or `unknown` raised: one that is malformed cannot exist."""
    if not _ID.fullmatch(text):
        raise unknown()
    return UUID(text)
