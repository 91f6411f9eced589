"""Who wants to hear which facts of a project."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast
from uuid import UUID

import pluggy
from flask import Flask, current_app

from plunk.db.base import db
from plunk.db.versioned import Versioned
from plunk.outbox.topics import matches
from plunk.outbox.wording import HOOKS, Kind
from plunk.plugins import call, manager

log = logging.getLogger(__name__)

EVERYTHING = ("*",)
MOST_REMEMBERED = 10_000
"""Topics whose listeners are kept at hand, per project."""


@dataclass(frozen=True)
class Wish:
    """A listener with the kinds of facts that it has hooks for, and the patterns of topics it wants."""

    listener: str
    kinds: frozenset[Kind]
    patterns: tuple[str, ...]


class Interest:
    """Answers who listens to what; made for one project and one version of its rules and listeners."""

    def __init__(self, wishes: Iterable[Wish]) -> None:
        self._wishes = [wish for wish in wishes if wish.patterns]
        self._kinds = {kind for wish in self._wishes for kind in wish.kinds}
        self._known: dict[tuple[Kind, str], tuple[str, ...]] = {}

    def is_empty(self, kind: Kind) -> bool:
        """Whether nobody wants facts of that kind, whatever their topic."""
        return kind not in self._kinds

    def listeners(self, kind: Kind, topic: str) -> tuple[str, ...]:
        """The names of those who want a fact of that kind and topic."""
        found = self._known.get((kind, topic))
        if found is None:
            found = tuple(wish.listener for wish in self._wishes if _wants(wish, kind, topic))
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[kind, topic] = found
        return found


def init_app(app: Flask) -> None:
    """Gives the app its memory of interests: apps have plugins of their own."""
    app.extensions["plunk.interest"] = Versioned[Interest]()


def interest(project_id: UUID, rules_version: int) -> Interest:
    """Who listens in that project; plugins are asked once for each version of its rules."""
    known = cast("Versioned[Interest]", current_app.extensions["plunk.interest"])
    return known.get(project_id, rules_version, partial(_ask, project_id))


def listeners(app: Flask) -> dict[str, Mapping[Kind, pluggy.HookImpl]]:
    """The plugins of the app that hear of facts, with their implementation for each kind."""
    plugins: pluggy.PluginManager = app.extensions["plunk.plugins"]
    found: dict[str, dict[Kind, pluggy.HookImpl]] = {}
    for kind, hook in HOOKS.items():
        for implementation in getattr(plugins.hook, hook).get_hookimpls():
            found.setdefault(implementation.plugin_name, {})[kind] = implementation
    return cast("dict[str, Mapping[Kind, pluggy.HookImpl]]", found)


def _wants(wish: Wish, kind: Kind, topic: str) -> bool:
    return kind in wish.kinds and any(matches(pattern, topic) for pattern in wish.patterns)


def _ask(project_id: UUID) -> Interest:
    answers: dict[str, Callable[[], Iterable[str]]] = {
        each.plugin_name: partial(call, each, project_id=project_id)
        for each in manager().hook.plunk_wanted_topics.get_hookimpls()
    }
    return Interest(
        Wish(name, frozenset(hooks), _patterns(name, answers.get(name)))
        for name, hooks in listeners(current_app).items()
    )


def _patterns(listener: str, answer: Callable[[], Iterable[str]] | None) -> tuple[str, ...]:
    """What it wants. Who fails to say so hears of everything: too much can be left aside, too little is lost.

    It is asked in the middle of somebody's write, which a failed statement of its own must not spoil.
    """
    if answer is None:
        return EVERYTHING
    try:
        with db.session.begin_nested():
            return _checked(answer())
    except Exception:
        log.exception("plugin %r failed in plunk_wanted_topics: it hears of everything", listener)
        return EVERYTHING


def _checked(patterns: Iterable[str]) -> tuple[str, ...]:
    if isinstance(patterns, str):
        raise TypeError(f"a list of patterns was expected, not the text {patterns!r}")
    found = tuple(dict.fromkeys(patterns))
    if not all(isinstance(pattern, str) for pattern in found):
        raise TypeError("patterns of topics are text")
    return found
