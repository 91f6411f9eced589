"""Styles, scripts and pictures: files of ours, kept by browsers until they change."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Response, send_from_directory, url_for

FOLDER = Path(__file__).parent.parent / "static"
_A_YEAR = 365 * 24 * 3600


def url(name: str) -> str:
    """The address of a static file; it changes with the content."""
    return url_for("dashboard.entrance.static_file", name=name, v=_fingerprint(name))


def send(name: str, version: str) -> Response:
    """The file; for ever if it was asked for by its fingerprint."""
    response = send_from_directory(FOLDER, name, max_age=0)
    if version and version == _fingerprint(name):
        response.cache_control.public = True
        response.cache_control.no_cache = None
        response.cache_control.immutable = True
        response.cache_control.max_age = _A_YEAR
    return response


@lru_cache(maxsize=1000)
def _fingerprint(name: str) -> str:
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
