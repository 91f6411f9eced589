"""What can go wrong with a request to somebody else's server. No request to ours ends with one of these."""

from __future__ import annotations


class OutboundError(Exception):
    """`message` says what is wrong, for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadUrl(OutboundError):
    """A URL that will never be posted to. `message` says why, for the person who typed it."""


class Undeliverable(OutboundError):
    """There was no HTTP answer. With `is_permanent` trying again cannot help."""

    def __init__(self, message: str, *, is_permanent: bool = False) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
