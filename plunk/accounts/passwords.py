"""Passwords: hashed with Argon2id, checked in the same time whether or not the person exists."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from plunk.errors import InvalidInput, Problem

SHORTEST, LONGEST = 10, 1000
_hasher = PasswordHasher()  # RFC 9106, the profile for little memory: 64 MiB, three passes
# Of "the password of nobody"; made beforehand, since every process would take its time and memory to make it.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$dVIBrUyq/kXeRm0xGd4Olg$oeCfPr/1iRJBZxxrEBYZe6X9yY0lW1ou1MJdaZozuVQ"
_few_at_once = threading.Semaphore(2)
"""Each run takes 64 MiB: a crowd at the door must wait, not fill the memory."""


def hashed(password: str) -> str:
    """For storing. Raises InvalidInput for one that is too short or too long."""
    plain = _plain(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        message = f"A password has at least {SHORTEST} characters"
        raise InvalidInput([Problem("password", message if len(plain) < SHORTEST else "Too long", "length")])
    with _few_at_once:
        return _hasher.hash(plain)


def matches(password: str, stored: str | None) -> bool:
    """Whether it is the password. Nothing stored takes as long as a wrong one."""
    plain = _plain(password)
    with _few_at_once:
        try:
            is_right = _hasher.verify(stored or _NOBODY, plain[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return is_right and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _plain(password: str) -> str:
    """Keyboards spell the same letter in several ways."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode())
