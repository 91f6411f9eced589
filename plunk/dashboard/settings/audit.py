"""The audit log: who did what, newest first."""

from __future__ import annotations

from flask import Response, request, url_for

from plunk.accounts import audit
from plunk.dashboard.ground.deeds import DEEDS, DETAILS
from plunk.dashboard.ground.room import owners_only
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.settings.room import page, room


@room.get("/audit")
@owners_only
def audit_log() -> Response:
    """Fifty at a time."""
    cursor = request.args.get("cursor", "")
    found = audit.entries(project_id(), cursor=cursor)
    return page(
        "audit",
        found=found["data"],
        deeds=DEEDS,
        detail_names=DETAILS,
        first_url=url_for(".audit_log") if cursor else None,
        next_url=url_for(".audit_log", cursor=found["cursor"]) if found["hasMore"] else None,
    )
