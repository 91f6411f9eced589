"""Names that events may have, and those that belong to the system."""

from __future__ import annotations

import re

RESERVED = r"^(email\..*|contact\.(un)?subscribed|segment\..*\.(entry|exit))$"
"""Names of what the system records, as a regular expression that PostgreSQL reads as Python does."""
_RESERVED = re.compile(RESERVED, re.DOTALL)

FACTS = frozenset(("contact.created", "contact.updated", "contact.deleted"))
"""Under these names listeners are told of contacts. Servers may track events of the same name, web pages may not:
anybody could make a receiver believe that a contact is gone."""


def is_reserved(name: str) -> bool:
    """Whether only the system itself may record events of that name."""
    return _RESERVED.fullmatch(name) is not None
