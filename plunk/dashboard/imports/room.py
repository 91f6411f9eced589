"""The room."""

from __future__ import annotations

from plunk.dashboard.ground.room import Room

room = Room("imports")
