"""The one function through which every e-mail address comes in."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email


class InvalidEmail(ValueError):
    """The text is no e-mail address; says why in a sentence."""


def normalise(text: str) -> str:
    """The address by which a contact is known: trimmed, NFC, lower case, domain in its IDNA form.

    Raises InvalidEmail. Deliverability is not asked about: no name is looked up.
    """
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
