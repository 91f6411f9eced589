"""The list of event names: those of people first, then those that plunk records itself."""

from __future__ import annotations

from uuid import UUID

from flask import Flask

from plunk import clock
from plunk.db.base import db
from plunk.events import overview
from plunk.events.models import EventName
from plunk.events.names import is_reserved
from plunk.testing.apps import new_project

NAMES = [
    "contact.created",
    "contact.subscribed",
    "contact.unsubscribed",
    "contactXsubscribed",
    "email",
    "email.",
    "email.opened",
    "emails.opened",
    "segment..exit",
    "segment.a.b.entry",
    "segment.entry",
    "segment.x.entries",
    "segment.x\n.entry",
    "segment.x_entry",
    "segments.x.entry",
    "zeta",
]


def names(project_id: UUID, limit: int) -> list[str]:
    """All of them, as somebody sees them who turns the pages."""
    seen: list[str] = []
    has_more = True
    while has_more:
        found, has_more = overview.names(project_id, limit=limit, after=seen[-1] if seen else None)
        seen += [each.name for each in found]
    return seen


def test_reserved_names_come_last_on_whatever_page_that_is(app: Flask) -> None:
    project_id = new_project(app).id
    with app.app_context():
        db.session.add_all(
            EventName(project_id=project_id, name=name, created_at=clock.now()) for name in NAMES
        )
        db.session.flush()
        for limit in (1, 4, 50):
            assert names(project_id, limit) == sorted(NAMES, key=lambda name: (is_reserved(name), name))
