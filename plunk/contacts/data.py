"""Custom data: what a write may carry, and what it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from plunk.config import settings
from plunk.contacts.languages import LANGUAGES
from plunk.db.base import to_json
from plunk.errors import Problem
from plunk.filters.values import instant

RESERVED = frozenset(
    "email createdAt updatedAt subscribed id plunk_id plunk_email unsubscribeUrl subscribeUrl manageUrl".split()
)


@dataclass(frozen=True)
class DataWrite:
    """What a `data` object asks for.

    `keep` goes into the contact, `remove` are keys that it loses, `everything` is the whole object unwrapped (an
    event's data), `ignored` are reserved keys that were left out.
    """

    keep: dict[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    everything: dict[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def merged_into(self, before: dict[str, Any]) -> dict[str, Any]:
        """A contact's data after this write."""
        kept = {key: value for key, value in before.items() if key not in self.remove}
        return {**kept, **self.keep}


def read(
    data: dict[str, Any], *, path: str = "data", is_event: bool = False
) -> tuple[DataWrite, list[Problem]]:
    """Takes a `data` object apart: null deletes, `""` is skipped, `{value, persistent}` is unwrapped.

    The limits hold for what is stored: all of it with an event, else what the contact keeps.
    """
    problems: list[Problem] = []
    keep: dict[str, Any] = {}
    everything: dict[str, Any] = {}
    remove: list[str] = []
    ignored: list[str] = []
    for key, raw in data.items():
        value, is_persistent = raw, True
        if isinstance(raw, dict) and raw.keys() == {"value", "persistent"}:
            value, is_persistent = raw["value"], raw["persistent"]
            if not isinstance(is_persistent, bool):
                problems.append(Problem(f"{path}.{key}.persistent", "Must be true or false", "type"))
        everything[key] = value
        if not is_persistent or value == "":
            continue
        if key in RESERVED:
            ignored.append(key)
        elif value is None:
            remove.append(key)
        else:
            keep[key] = value
    problems += limits(everything if is_event else keep, path=path) + _locale(everything.get("locale"), path)
    return DataWrite(keep, tuple(remove), everything, tuple(ignored)), problems


def limits(data: dict[str, Any], *, path: str = "data") -> list[Problem]:
    """What is too much in one `data` object."""
    allowed, problems = settings(), []
    if len(data) > allowed.max_data_keys:
        problems.append(Problem(path, f"Holds more than {allowed.max_data_keys} keys", "too_many_keys"))
    if overlong := _longest_key(data, allowed.max_key_length):
        problems.append(Problem(path, f"The key {overlong[:40]!r}… is too long", "key_too_long"))
    if len(to_json(data).encode()) > allowed.max_data_bytes:
        problems.append(Problem(path, f"Is larger than {allowed.max_data_bytes:,} bytes", "too_large"))
    return problems


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are one to the database, too: in Python alone, true equals 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def type_of(value: Any) -> str:
    """The catalogue's word for a JSON value: string, number, boolean, date, list or object."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string" if instant(value) is None else "date"
    return "list" if isinstance(value, list) else "object"


def _locale(value: Any, path: str) -> list[Problem]:
    if value is None or value == "" or (isinstance(value, str) and value in LANGUAGES):
        return []
    message = "Must be an ISO 639-1 language code such as en, de or fr"
    return [Problem(f"{path}.locale", message, "locale", is_malformed=True)]


def _longest_key(value: Any, limit: int) -> str | None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            for key in item:
                if len(key) > limit:
                    return str(key)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return None
