"""Errors of those who may not come in.

PlunkError
├── Refused                 MissingKey, InvalidKey, WrongKeyKind
├── Forbidden               known, but not allowed to do this
└── TooMany                 too often; `seconds` says how long to wait
"""

from __future__ import annotations

from plunk.errors import PlunkError


class Refused(PlunkError):
    """The request does not carry a key that opens this door."""

    code = "UNAUTHORIZED"


class MissingKey(Refused):
    code = "MISSING_API_KEY"

    def __init__(self) -> None:
        super().__init__(
            "This endpoint needs an API key", suggestion="Send the header Authorization: Bearer sk_…"
        )


class InvalidKey(Refused):
    code = "INVALID_API_KEY"

    def __init__(self) -> None:
        super().__init__(
            "This API key is malformed, unknown or revoked", suggestion="plunk key create makes a new one."
        )


class WrongKeyKind(Refused):
    code = "WRONG_KEY_KIND"

    def __init__(self) -> None:
        super().__init__(
            "A public key does not open this endpoint",
            suggestion="Use a secret key (sk_…), never in a web page.",
        )


class Forbidden(PlunkError):
    """Whoever asks is known and may come in, but may not do this."""

    code = "FORBIDDEN"
    in_api = False


class TooMany(PlunkError):
    """Tried too often. `seconds` is how long to wait."""

    code = "TOO_MANY_REQUESTS"
    in_api = False
    seconds = 1
