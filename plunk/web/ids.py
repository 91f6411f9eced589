"""Ids and names as they stand in paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from flask import Flask
from werkzeug.routing import PathConverter

from plunk.errors import NotFound


class AnyName(PathConverter):
    """The name of a field or an event, whatever its characters: slashes too, at the beginning and in a row."""

    part_isolating = False
    regex = ".+?"


def init_app(app: Flask) -> None:
    """Makes `<name:…>` known. Paths are taken as they are sent: with slashes merged, as werkzeug would, asking for
    `/x` would be answered with a redirect to `x`, another name."""
    app.url_map.converters["name"] = AnyName
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False


_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def path_id(text: str, unknown: Callable[[], NotFound]) -> UUID:
    """The id, or `unknown` raised: one that is malformed cannot exist."""
    if not _ID.fullmatch(text):
        raise unknown()
    return UUID(text)
