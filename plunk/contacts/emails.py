"""The one function through which every e-mail address comes in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

# What the library leaves as it is, of which nearly all addresses are; it takes sixty times as long to say so.
_PLAIN = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    rf"(?!(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z)[a-z]{{2,}}"
).fullmatch
# Below it neither the local part nor a label of the domain can be too long.
_SHORT = 64


class InvalidEmail(ValueError):
    """The text is no e-mail address; says why in a sentence."""


def normalise(text: str) -> str:
    """The address by which a contact is known: trimmed, NFC, lower case, domain in its IDNA form.

    Raises InvalidEmail. Deliverability is not asked about: no name is looked up.
    """
    plain = text.strip().lower()
    if len(plain) <= _SHORT and _PLAIN(plain):
        return plain
    return _by_library(text)


def normalise_many(texts: Iterable[str]) -> list[str | InvalidEmail]:
    """The same for many, quicker: each address, or why it is none."""
    found: list[str | InvalidEmail] = []
    for text in texts:
        plain = text.strip().lower()
        if len(plain) <= _SHORT and _PLAIN(plain):
            found.append(plain)
        else:
            try:
                found.append(_by_library(text))
            except InvalidEmail as problem:
                found.append(problem)
    return found


def _by_library(text: str) -> str:
    candidate = unicodedata.normalize("NFC", text.strip())
    if len(candidate) > 320:
        raise InvalidEmail("An e-mail address has at most 254 characters")
    try:
        found = validate_email(candidate, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as problem:
        raise InvalidEmail(str(problem)) from None
    domain = (found.ascii_domain or found.domain).lower()
    if "." not in domain:
        raise InvalidEmail("The domain of an e-mail address has a dot")
    local = unicodedata.normalize("NFC", found.local_part.lower())
    return f"{local}@{domain}"
