"""Slugs: a segment's name in event names and URLs."""

from __future__ import annotations

import re
import unicodedata

_KEPT_CATEGORIES = ("L", "Nd")


def slug_of(name: str) -> str:
    """The name in lower case: letters and digits of any script, `-` and `_` stay, blanks become one hyphen each
    run, all else is dropped. May be empty, which no segment may be."""
    joined = re.sub(r"\s+", "-", name.strip().lower())
    return "".join(letter for letter in joined if letter in "-_" or _is_kept(letter))


def _is_kept(letter: str) -> bool:
    return unicodedata.category(letter).startswith(_KEPT_CATEGORIES)
