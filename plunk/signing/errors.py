"""What can go wrong with sealed secrets: always for the operator to put right."""

from __future__ import annotations

from plunk.errors import Unavailable


class SecretKeyMissing(Unavailable):
    """There is no key to seal with."""

    code = "SECRET_KEY_MISSING"

    def __init__(self) -> None:
        super().__init__(
            "PLUNK_SECRET_KEY is not set, and secrets are not kept without it",
            suggestion="Set it as docs/settings.md says.",
        )


class CannotUnseal(Unavailable):
    """No key of ours opens what is sealed."""

    code = "CANNOT_UNSEAL"

    def __init__(self) -> None:
        super().__init__(
            "A stored secret was sealed with a key that PLUNK_SECRET_KEY does not hold",
            suggestion="Add the former key to PLUNK_SECRET_KEY, behind the present one and a comma.",
        )
