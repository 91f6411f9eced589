"""The base of all schemas, and how their complaints become problems with paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema

from plunk.errors import Problem

_WORDS = {
    "Missing data for required field.": ("This field is required", "required"),
    "Field may not be null.": ("Must not be null", "null"),
    "Unknown field.": ("This field is not known here", "unknown_field"),
    "Not a valid list.": ("Must be a list", "type"),
    "Not a valid uuid.": ("Must be an id", "type"),
    "Invalid input type.": ("Must be an object", "type"),
    "Not a valid UUID.": ("Must be an id", "type"),
}


class PlunkSchema(Schema):
    """Unknown keys are ignored; fields are dumped as named.

    `body_limit` names the setting that bounds a body of this schema. Where `missing_is_malformed`, a required
    field that is missing makes the request malformed (400) rather than invalid (422).
    """

    body_limit = "max_body_bytes"
    missing_is_malformed = False

    class Meta:
        unknown = EXCLUDE


def problems(messages: Any, *, missing_is_malformed: bool = False) -> list[Problem]:
    """Marshmallow's nested messages as a flat list: `{"emails": {3: ["…"]}}` is one at `emails[3]`."""
    found = []
    for path, message in _walk(messages, ""):
        text, code = _WORDS.get(message, (str(message), getattr(message, "code", "invalid")))
        is_missing = missing_is_malformed and code in ("required", "null")
        is_malformed = is_missing or getattr(message, "is_malformed", False)
        found.append(Problem(getattr(message, "path", None) or path, text, code, is_malformed))
    return found


def _walk(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _walk(inner, _join(path, key))
    elif isinstance(messages, list):
        for message in messages:
            yield from _walk(message, path)
    else:
        yield path, messages


def _join(path: str, key: Any) -> str:
    if key == "_schema":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)
