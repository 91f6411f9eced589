"""Secrets that a browser or a link carries: random when made, known here by their SHA-256 only."""

from __future__ import annotations

import secrets
from hashlib import sha256


def new_token() -> str:
    """256 random bits, fit for a URL and a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored in place of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
