"""The room of contacts and their fields."""

from __future__ import annotations

from plunk.contacts.upsert import Origin
from plunk.dashboard.ground.room import Room

room = Room("contacts")
BY_HAND = Origin("dashboard", "session")
"""Kept with each change of a subscription that somebody makes here."""
