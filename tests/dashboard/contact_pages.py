"""Where the pages of contacts are."""

from __future__ import annotations

LIST = "{project}/contacts"


def of(contact: dict) -> str:
    """The path of its page."""
    return f"{{project}}/contacts/{contact['id']}"
