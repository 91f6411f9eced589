"""What a field name means: its kind, and how it is read from a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any
from uuid import UUID

from plunk.filters.profile import History, Profile

MAX_PATH_PARTS = 32
"""As deep as JSON may be nested; a longer path could not lead anywhere."""


class Kind(StrEnum):
    """The kinds of field. An operator names those it suits."""

    EMAIL = "email"
    BOOLEAN = "boolean"
    DATE = "date"
    DATA = "data"
    EVENT = "event"
    EMAIL_ACTIVITY = "email_activity"
    SEGMENT = "segment"


@dataclass(frozen=True)
class Field:
    """A field as a rule names it.

    `key` is what to look up: a path in the contact's data, the name of an event or activity as it is
    stored, the id of a segment, or the name itself.
    """

    name: str
    kind: Kind
    key: str


class UnknownField(ValueError):
    """No field has this name. The text names the remedy."""


BUILT_IN: Mapping[str, Kind] = {
    "email": Kind.EMAIL,
    "subscribed": Kind.BOOLEAN,
    "createdAt": Kind.DATE,
    "updatedAt": Kind.DATE,
}

EMAIL_ACTIVITIES: Mapping[str, str] = {
    "sent": "email.sent",
    "delivered": "email.delivery",
    "delivery": "email.delivery",
    "opened": "email.open",
    "open": "email.open",
    "clicked": "email.click",
    "click": "email.click",
    "bounced": "email.bounce",
    "bounce": "email.bounce",
    "complained": "email.complaint",
    "complaint": "email.complaint",
}


def field_named(name: str, *, is_event_wanted: bool, longest_event: int = 255) -> Field:
    """The field of that name; a bare unknown name is an event if `is_event_wanted`. Raises `UnknownField`."""
    if name in BUILT_IN:
        return Field(name, BUILT_IN[name], name)
    prefix, dot, rest = name.partition(".")
    if not dot:
        if is_event_wanted:
            return _event(name, name, longest_event)
        raise UnknownField(
            f"There is no field of this name; custom fields begin with data., as in data.{_clip(name)}"
        )
    if prefix == "data":
        return data_field(rest, name=name)
    if prefix == "event":
        return _event(name, rest, longest_event)
    if prefix == "email":
        return _email_activity(name, rest)
    if prefix == "segment":
        return _segment(name, rest)
    raise UnknownField(
        f"No field begins with {_clip(prefix)}. — use email, subscribed, createdAt, updatedAt, data.<path>, "
        "event.<name>, email.<activity> or segment.<id>"
    )


def data_field(path: str, *, name: str | None = None) -> Field:
    """The field at a dotted path in `data`. Raises `UnknownField`."""
    parts = path.split(".")
    if not all(parts):
        raise UnknownField("Each part of the path needs a name, as in data.plan or data.address.city")
    if len(parts) > MAX_PATH_PARTS:
        raise UnknownField(f"A path has at most {MAX_PATH_PARTS} parts")
    return Field(name or path, Kind.DATA, path)


def value_at(data: Any, path: str) -> Any:
    """What stands at a dotted path, `None` if nothing does.

    A top-level key that contains the dots itself comes first; the parts name object keys only, never list
    positions.
    """
    if not isinstance(data, dict):
        return None
    if path in data or "." not in path:
        return data.get(path)
    for part in path.split("."):
        if not isinstance(data, dict):
            return None
        data = data.get(part)
    return data


def reader(field: Field) -> Callable[[Profile], Any]:
    """How the Python face gets at a field: a JSON value, a datetime, a `History` or a boolean."""
    key = field.key
    match field.kind:
        case Kind.EMAIL | Kind.BOOLEAN:
            return attrgetter(key)
        case Kind.DATE:
            return attrgetter({"createdAt": "created_at", "updatedAt": "updated_at"}[key])
        case Kind.DATA:
            return lambda profile: value_at(profile.data, key)
        case Kind.EVENT | Kind.EMAIL_ACTIVITY:
            return lambda profile: History(profile.activity.get(key), profile.events.get(key, ()))
        case Kind.SEGMENT:
            segment_id = UUID(key)
            return lambda profile: profile.is_member(segment_id)


def _event(field: str, event: str, longest: int) -> Field:
    if not 0 < len(event) <= longest:
        raise UnknownField(f"An event's name has 1 to {longest} characters")
    return Field(field, Kind.EVENT, event)


def _email_activity(name: str, activity: str) -> Field:
    if activity not in EMAIL_ACTIVITIES:
        raise UnknownField(
            f"There is no such e-mail activity; use email. and one of {', '.join(EMAIL_ACTIVITIES)}"
        )
    return Field(name, Kind.EMAIL_ACTIVITY, EMAIL_ACTIVITIES[activity])


def _segment(name: str, text: str) -> Field:
    try:
        key = str(UUID(text))
    except ValueError:
        key = ""
    if key != text.lower():
        raise UnknownField("segment. is followed by the id of a segment, as in its answers")
    return Field(name, Kind.SEGMENT, key)


def _clip(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[:length] + "…"
