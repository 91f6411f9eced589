"""What the navigation shows, in its order."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import LazyString, lazy_gettext


@dataclass(frozen=True)
class Place:
    """One entry: the room, its words, its picture in `_parts/icons.html`."""

    room: str
    label: LazyString
    icon: str

    @property
    def endpoint(self) -> str:
        return f"dashboard.{self.room}.index"

    @property
    def is_here(self) -> bool:
        return (request.blueprint or "") == f"dashboard.{self.room}"


PLACES = (
    Place("home", lazy_gettext("Home"), "home"),
    Place("contacts", lazy_gettext("Contacts"), "people"),
    Place("segments", lazy_gettext("Segments"), "segments"),
    Place("imports", lazy_gettext("Imports"), "import"),
    Place("events", lazy_gettext("Events"), "pulse"),
    Place("webhooks", lazy_gettext("Webhooks"), "send"),
    Place("jobs", lazy_gettext("Jobs"), "clock"),
    Place("settings", lazy_gettext("Settings"), "gear"),
)
