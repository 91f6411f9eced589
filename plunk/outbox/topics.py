"""Patterns of topics: `*` stands for any characters, dots included; all else for itself."""

from __future__ import annotations


def matches(pattern: str, topic: str) -> bool:
    """Whether the whole topic fits, upper and lower case told apart.

    Each piece between stars is looked for once, from left to right, so no pattern takes long.
    """
    first, *pieces = pattern.split("*")
    if not pieces:
        return pattern == topic
    last = pieces.pop()
    if len(topic) < len(first) + len(last) or not topic.startswith(first) or not topic.endswith(last):
        return False
    place, end = len(first), len(topic) - len(last)
    for piece in pieces:
        found = topic.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
