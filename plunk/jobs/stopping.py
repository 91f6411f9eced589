"""Whether this worker was asked to end: word that reaches the forked copies at its work."""

from __future__ import annotations

import mmap

from flask import Flask, current_app

_KEY = "plunk.stopping"


def prepare(app: Flask) -> None:
    """Gives the app a word to pass on. Call it before anything is forked: the memory is then shared."""
    app.extensions[_KEY] = mmap.mmap(-1, 1)


def ask_to_stop(app: Flask) -> None:
    """What a signal's handler does."""
    app.extensions[_KEY][0] = 1


def is_stopping() -> bool:
    """Whether long work should end at its next good place. False where there is no worker."""
    word = current_app.extensions.get(_KEY)
    return word is not None and bool(word[0])
