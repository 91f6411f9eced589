"""Webhooks: whom to tell, and what was told."""

from __future__ import annotations

from plunk.dashboard.webhooks import deliveries, editing, endpoints
from plunk.dashboard.webhooks.room import room

__all__ = ["deliveries", "editing", "endpoints", "room"]
