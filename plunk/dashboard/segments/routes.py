"""A file of views for each subject: the list, a new segment, its pages, its rule, its members."""

from __future__ import annotations

from plunk.dashboard.segments import asking, lists, making, managing, members, overview, ruling, showing
from plunk.dashboard.segments.room import room

__all__ = ["asking", "lists", "making", "managing", "members", "overview", "room", "ruling", "showing"]
