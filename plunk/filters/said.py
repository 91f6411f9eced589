"""Marks the texts that sentences are made of. `make translations` collects what stands in these calls; what is told is
translated when it is told, for each reader."""

from __future__ import annotations


def said(text: str) -> str:
    """A word or a template."""
    return text


def said_of(one: str, many: str) -> tuple[str, str]:
    """Two templates with `{number}`: for one and for many."""
    return one, many
