"""What contacts may hold in a field of each kind: the worlds in which operators are tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from plunk.contacts.emails import InvalidEmail, normalise
from plunk.filters.fields import Field, Kind
from plunk.testing.odd_values import ODD_TEXTS, ODD_VALUES, SCALARS

NOW = datetime(2025, 6, 15, 12, 0, 0, 123456, tzinfo=UTC)
"""The time that both faces are told. Not the real one, so that an operator that looks at a clock is found out."""

NOTHING: Any = ...
"""Stands for a field that a contact does not have."""

_STEPS = [
    timedelta(microseconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 30, 45, 60, 90, 365, 3650)),
]
MOMENTS = [
    NOW,
    *(NOW - step for step in _STEPS),
    *(NOW + step for step in _STEPS),
    datetime(2025, 6, 15, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]

_DOMAINS = ["example.com", "mail.example.com", "notexample.com", "example.com.evil.org", "münchen.example"]
_LOCAL_PARTS = ["ada", "a_b", "a%b", "a+b", "x.y", "0", "ß", "example.com", "o'neil", "{}", "=1+1"]

Event = tuple[datetime, dict[str, Any]]


@dataclass(frozen=True)
class Person:
    """A contact to be made. `value` is what the field in question holds, as tests and messages name it."""

    value: Any
    email: str
    subscribed: bool = True
    created_at: datetime = NOW
    updated_at: datetime = NOW
    data: dict[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    is_member: bool = False


def odd_values(kind: str, operand: Any) -> list[Any]:
    """Values of a field of that kind: the odd ones, and some that are near an operand."""
    match kind:
        case Kind.EMAIL:
            return list(_addresses(operand))
        case Kind.BOOLEAN | Kind.SEGMENT:
            return [True, False]
        case Kind.DATE:
            return MOMENTS
        case Kind.DATA:
            return [NOTHING, *ODD_VALUES, "x" * 1024, list(range(300)), *_near(operand)]
        case _:
            return list(_histories())


def person(place: Field, value: Any, number: int) -> Person:
    """A contact with that value at that place. For events the value is a sequence of `(moment, data)`."""
    email = f"contact{number}@example.com"
    match place.kind:
        case Kind.EMAIL:
            return Person(value, value)
        case Kind.BOOLEAN:
            return Person(value, email, subscribed=value)
        case Kind.DATE if place.key == "createdAt":
            return Person(value, email, created_at=value)
        case Kind.DATE:
            return Person(value, email, updated_at=value)
        case Kind.DATA:
            return Person(value, email, data=_at(place.key, value))
        case Kind.SEGMENT:
            return Person(value, email, is_member=value)
        case _:
            return Person(value, email, events=tuple(value))


def odd_operands() -> list[Any]:
    """What somebody may send as the value of a filter."""
    return [
        *SCALARS,
        *ODD_VALUES[len(SCALARS) :],
        ["a"],
        ["pro", "PRO"],
        [1, 2],
        ["2025-06-01", "2025-06-15"],
    ]


def _at(path: str, value: Any) -> dict[str, Any]:
    data: Any = value
    for part in reversed(path.split(".")):
        data = {} if data is NOTHING else {part: data}
    return data if isinstance(data, dict) else {}


def _near(operand: Any) -> Iterator[Any]:
    if isinstance(operand, list):
        yield operand
    for each in operand if isinstance(operand, list) else [operand]:
        if isinstance(each, str):
            yield from (
                each,
                each.upper(),
                each.lower(),
                f"x{each}",
                f"{each}x",
                each[:-1],
                f" {each}",
                [each],
            )
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield from (each, each - 1, each + 1, each + 0.5, str(each), [each])
        elif each is not None:
            yield each


def _addresses(operand: Any) -> Iterator[str]:
    texts = [each for each in _near(operand) if isinstance(each, str)]
    domains = [*_DOMAINS, *texts, *(f"mail.{each}" for each in texts), *(f"{each}.org" for each in texts)]
    local_parts = [*_LOCAL_PARTS, *texts, *(each for each in ODD_TEXTS if each.strip())]
    candidates = [
        *texts,
        *(f"{each}@example.com" for each in local_parts),
        *(f"ada@{each}" for each in domains),
    ]
    for each in candidates:
        try:
            yield normalise(each)
        except InvalidEmail:
            continue


def _histories() -> Iterator[tuple[Event, ...]]:
    yield ()
    for index, moment in enumerate(MOMENTS):
        yield ((moment, {"v": ODD_VALUES[index * 7 % len(ODD_VALUES)]}),)
    for count in (2, 3, 5, 10):
        yield tuple((NOW - step, {"v": number}) for number, step in enumerate(_STEPS[:count]))
    for value in _some(ODD_VALUES):
        yield ((NOW, {"v": value}), (NOW - timedelta(days=40), {}))


def _some(values: Iterable[Any]) -> Iterator[Any]:
    return (value for index, value in enumerate(values) if index % 5 == 0)
