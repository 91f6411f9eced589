"""What code notes down for the rest of the current transaction; gone when it ends, either way."""

from __future__ import annotations

from typing import Any

from plunk.db.base import db

_KEY = "plunk.notes"


def notes() -> dict[str, Any]:
    """The notes of the current transaction. Each name belongs to the module that writes it."""
    found: dict[str, Any] = db.session.info.setdefault(_KEY, {})
    return found


def forget() -> None:
    """The transaction ended."""
    db.session.info.pop(_KEY, None)
