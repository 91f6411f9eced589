"""Lists: pages by key with a cursor, and pages by number."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from plunk.errors import InvalidInput, Problem


def encode_cursor(scope: str, value: str | datetime, row_id: UUID) -> str:
    """A place in a list: behind the row with this sort value and id.

    `scope` says which list (project, order): the cursor of another is refused.
    """
    text = value.isoformat() if isinstance(value, datetime) else value
    raw = json.dumps([_mark(scope), text, str(row_id)], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(scope: str, cursor: str, *, is_time: bool) -> tuple[Any, UUID]:
    """`(sort value, id)`; raises InvalidInput for anything this list did not hand out."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        found, text, row_id = json.loads(raw)
        if found != _mark(scope) or not isinstance(text, str) or "\x00" in text:
            raise ValueError("another list's cursor")
        text.encode()
        return _time(text) if is_time else text, UUID(row_id)
    except (ValueError, TypeError, AttributeError, RecursionError, UnicodeError):
        raise bad_cursor() from None


def bad_cursor() -> InvalidInput:
    """What to raise for a cursor that this list did not hand out."""
    message = "This cursor does not belong to this list; begin without one"
    return InvalidInput([Problem("cursor", message, "invalid_cursor")])


def cursor_page(rows: list[Any], *, limit: int, total: int, cursor_of: Any) -> dict[str, Any]:
    """The answer of a keyset list from up to `limit + 1` rows."""
    page = rows[:limit]
    has_more = len(rows) > limit
    return {
        "data": page,
        "cursor": cursor_of(page[-1]) if has_more else None,
        "hasMore": has_more,
        "total": total,
    }


def numbered_page(rows: list[Any], *, page: int, page_size: int, total: int) -> dict[str, Any]:
    """The answer of a list with page numbers."""
    return {
        "data": rows,
        "total": total,
        "page": page,
        "pageSize": page_size,
        "totalPages": -(-total // page_size),
    }


def _mark(scope: str) -> str:
    """A scope in short: it may hold a long name, and the cursor goes into a URL."""
    return blake2b(scope.encode(), digest_size=8).hexdigest()


def _time(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("no zone")
    return value
