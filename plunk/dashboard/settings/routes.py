"""The project, its keys, its members, its audit log: a file of views for each."""

from __future__ import annotations

from plunk.dashboard.settings import audit, keys, members, project
from plunk.dashboard.settings.room import room

__all__ = ["audit", "keys", "members", "project", "room"]
