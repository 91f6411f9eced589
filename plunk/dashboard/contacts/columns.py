"""Which custom fields the list shows: chosen by each person for each project, kept in a cookie of their browser."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from flask import Response, request

from plunk.contacts import fields
from plunk.dashboard.ground import cookies, visitor

MOST, USUAL = 8, 3
_BYTES = 2_400
"""What a cookie may take: browsers keep 4 kB with its name and all."""
_SIMPLE = ("string", "number", "boolean", "date")


def chosen(project_id: UUID, known: Collection[str]) -> list[str]:
    """The keys to show, of those that the catalogue knows; the most common ones until somebody chose."""
    kept = request.cookies.get(_name(project_id))
    if kept is None:
        return _most_common(project_id)
    return [key for key in _read(kept) if key in known][:MOST]


def keep(response: Response, project_id: UUID, keys: Sequence[str]) -> None:
    """Remembers a choice for a year; as many of them as a cookie holds."""
    wanted = list(dict.fromkeys(keys))[:MOST]
    while len(text := _write(wanted)) > _BYTES:
        wanted.pop()
    response.set_cookie(
        _name(project_id),
        text,
        max_age=timedelta(days=365),
        path=f"/dashboard/{project_id}",
        secure=cookies.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _most_common(project_id: UUID) -> list[str]:
    found, _ = fields.list_fields(project_id)
    simple = [each for each in found if each["isCustom"] and each["type"] in _SIMPLE and each["coverage"] > 0]
    simple.sort(key=lambda each: (-each["coverage"], each["field"]))
    return [each["field"].removeprefix("data.") for each in simple[:USUAL]]


def _name(project_id: UUID) -> str:
    return f"plunk_columns_{visitor.user().id.hex[-12:]}_{project_id.hex[-12:]}"


def _write(keys: Sequence[str]) -> str:
    return urlsafe_b64encode(json.dumps(keys, ensure_ascii=False).encode()).decode()


def _read(text: str) -> list[str]:
    """What a browser sends may be anything."""
    try:
        found = json.loads(urlsafe_b64decode(text.encode()))
    except (ValueError, RecursionError):
        return []
    return [key for key in found if isinstance(key, str)] if isinstance(found, list) else []
