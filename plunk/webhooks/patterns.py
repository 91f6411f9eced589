"""Which events an endpoint wants: patterns in which `*` stands for any characters, dots included."""

from __future__ import annotations

from collections.abc import Iterable

from plunk.outbox.topics import matches

CHANGES = ("entry", "exit")


def wants(patterns: Iterable[str], topic: str) -> bool:
    """Whether one of the patterns fits the topic."""
    return any(matches(pattern, topic) for pattern in patterns)


def names_segment(pattern: str, topic: str) -> bool:
    """Whether a pattern fits a segment's `segment.<slug>.entry` or `.exit` by naming the slug itself.

    `segment.trial-users.*` names it; `segment.*` and `segment.trial-*` follow whatever segments are called.
    """
    prefix, _, change = topic.rpartition(".")
    slug = prefix.removeprefix("segment.")
    if slug == prefix or change not in CHANGES:
        return False
    return f".{slug}." in pattern and matches(pattern, topic)
