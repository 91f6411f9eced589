"""Where other rooms show a thing."""

from __future__ import annotations

from flask import url_for


def segment_url(segment_id: object) -> str:
    """The page of a segment; the list of all for an event that names none."""
    if not segment_id:
        return url_for("dashboard.segments.index")
    return url_for("dashboard.segments.show", segment_id=segment_id)
