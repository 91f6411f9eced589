"""Values that have broken rule engines before: those that plugin authors get, and names of fields and events."""

from __future__ import annotations

from plunk.testing.odd_values import ODD_DATES, ODD_NUMBERS, ODD_TEXTS, ODD_VALUES, SCALARS

__all__ = ["EVENT_NAMES", "KEYS", "ODD_DATES", "ODD_NUMBERS", "ODD_TEXTS", "ODD_VALUES", "SCALARS"]

KEYS = ["v", "a.b", "a", "0", "v.0", "a.b.c", "missing", 'q"uo\\te', "é.ß"]

EVENT_NAMES = ["purchase", "signup", "v1.0 ünïcode"]
