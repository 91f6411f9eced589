"""What a web server loads: the app, or one sentence that says why there is none."""

from __future__ import annotations

from flask import Flask
from gunicorn.errors import AppImportError

from plunk import memory
from plunk.app import CANNOT_START, create_app


def application() -> Flask:
    """The app on the settings of the environment. Where there can be none, gunicorn prints why, and ends."""
    try:
        app = create_app()
    except CANNOT_START as problem:
        raise AppImportError(str(problem)) from None
    memory.settle()
    return app
