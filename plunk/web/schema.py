"""The base of all schemas, and how their complaints become problems with paths."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from plunk.errors import InvalidInput, Problem

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
    field that is missing makes the request malformed (400) rather than invalid (422). Where `body_is_optional`, no
    body at all is read as an empty object.
    """

    body_limit = "max_body_bytes"
    missing_is_malformed = False
    body_is_optional = False

    class Meta:
        unknown = EXCLUDE


def load(schema: Schema, given: Mapping[str, Any]) -> Any:
    """What a schema makes of something; raises InvalidInput with every problem."""
    try:
        return schema.load(given)
    except ValidationError as problem:
        is_strict = getattr(schema, "missing_is_malformed", False)
        needed = {name for name, field in schema.fields.items() if is_strict and field.required}
        raise InvalidInput(problems(problem.messages, needed=needed)) from problem


def problems(messages: Any, *, needed: Collection[str] = ()) -> list[Problem]:
    """Marshmallow's nested messages as a flat list: `{"emails": {3: ["…"]}}` is one at `emails[3]`. Without the fields
    that are `needed` the whole is malformed."""
    found = []
    for path, message in _walk(messages, ""):
        text, code = _WORDS.get(message, (str(message), getattr(message, "code", "invalid")))
        is_missing = path in needed and code in ("required", "null")
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
