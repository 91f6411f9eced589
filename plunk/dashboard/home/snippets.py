"""Calls to paste, with the project's own address and, once, its own key."""

from __future__ import annotations

import json

PLACEHOLDER = {"secret": "sk_…", "public": "pk_…"}
_EVENT = {"email": "ada@example.com", "event": "signed_up", "data": {"plan": "pro"}}


def shell(address: str, key: str) -> str:
    """With curl, on Unix and Windows alike except for the quotes."""
    return (
        f"curl {address}/v1/track \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(_EVENT)}'"
    )


def page(address: str, key: str) -> str:
    """For a web page."""
    return (
        f'fetch("{address}/v1/track", {{\n'
        '  method: "POST",\n'
        f'  headers: {{"Authorization": "Bearer {key}", "Content-Type": "application/json"}},\n'
        f"  body: JSON.stringify({json.dumps(_EVENT)}),\n"
        "});"
    )
