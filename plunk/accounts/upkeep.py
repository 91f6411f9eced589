"""Removes what has ended by itself: sessions, links, counts of tries to sign in."""

from __future__ import annotations

from plunk.accounts import links, sessions, throttle


def forget_old() -> None:
    """Of all people, in one short transaction."""
    sessions.forget_ended()
    links.forget_old()
    throttle.forget_old()
