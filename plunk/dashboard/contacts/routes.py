"""The list, one contact, adding one, many at once, fields: a file of views for each."""

from __future__ import annotations

from plunk.dashboard.contacts import adding, field_pages, lists, many, person
from plunk.dashboard.contacts.room import room

__all__ = ["adding", "field_pages", "lists", "many", "person", "room"]
