"""Keeps secrets that must be read again, such as those of webhooks: encrypted with PLUNK_SECRET_KEY (Fernet)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plunk.config import settings
from plunk.signing.errors import CannotUnseal, SecretKeyMissing

# The key serves other ends too; each gets a key of its own made from it.
_PURPOSE = b"plunk: sealed secrets\0"


def seal(text: str) -> str:
    """The text encrypted with the first key of the current app, in ASCII. Raises `SecretKeyMissing`."""
    return _keys(settings().secret_keys).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The text that was sealed with any of the app's keys. Raises `CannotUnseal`, `SecretKeyMissing`."""
    try:
        return _keys(settings().secret_keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotUnseal from None


@lru_cache(maxsize=8)
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    if not texts:
        raise SecretKeyMissing
    return MultiFernet([Fernet(_stretched(text)) for text in texts])


def _stretched(text: str) -> bytes:
    return urlsafe_b64encode(sha256(_PURPOSE + text.encode()).digest())
