"""What is known of the jobs of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from flask import Flask, current_app

if TYPE_CHECKING:
    from plunk.jobs.running import Running

Function = Callable[["Running"], dict[str, Any]]


class Kind(NamedTuple):
    """`function` does such jobs and returns their result. `can_cancel`: what is done when somebody ends one early is
    worth keeping, and nothing else waits for the rest."""

    function: Function
    can_cancel: bool


def register(app: Flask, name: str, function: Function, *, can_cancel: bool = False) -> None:
    """Names the function that does jobs of a kind. It may be cut off anywhere and run again, or by two workers."""
    app.extensions.setdefault("plunk.jobs", {})[name] = Kind(function, can_cancel)


def kind(name: str) -> Kind:
    """Raises KeyError for a kind that this version does not know."""
    return cast("dict[str, Kind]", current_app.extensions["plunk.jobs"])[name]


def known() -> dict[str, bool]:
    """The kinds of this version by name, and whether somebody may end such a job early."""
    kinds = cast("dict[str, Kind]", current_app.extensions["plunk.jobs"])
    return {name: each.can_cancel for name, each in kinds.items()}
