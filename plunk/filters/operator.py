"""The one class that built-in operators and plugins' operators derive from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marshmallow import fields
from sqlalchemy import ColumnElement

from plunk.filters.fields import Kind

if TYPE_CHECKING:
    from plunk.filters.given import Given
    from plunk.filters.nodes import Filter
    from plunk.filters.telling import Telling


DATA_TYPES = ("string", "number", "boolean", "date", "list", "object")
"""What the catalogue of fields may say of custom data."""


class Operator:
    """One way to compare, as a small object with two faces and a few facts about itself.

    `sql` answers for sets of contacts and `matches` for one; they must agree on every value that JSON can
    hold, and neither may ever raise because of one. So must `flips_at_sql` and `flips_at`, which an operator brings
    with `mentions_time` if time alone can change its answer.

    An operator that negates another (`negates`) has no faces of its own: it matches exactly the contacts that
    its positive twin does not, and takes the same fields and operands.
    """

    key: str
    """The name that rules store for ever: `startsWith`."""
    label: str
    """Words for people: `starts with`."""
    date_label: str = ""
    """The same beside a date, where it reads otherwise there: `is after` for `is greater than`."""
    phrase: str = ""
    """Its part of a sentence, with `{field}` and `{value}`: `whose {field} starts with {value}`. Made of the label if
    empty. For events and mail also `{did}`, `{never}`, `{did_not}` and `{last}`, as in `{did} in the last {value}`."""
    kinds: Collection[str] = ()
    """The kinds of field it suits, from `plunk.filters.fields.Kind`."""
    data_types: Collection[str] = DATA_TYPES
    """Types of custom data for which a builder should offer it. Advice only: rules may use it on all."""
    operand: fields.Field[Any] | None = None
    """Reads and checks the filter's `value`; `None` if the operator takes no value."""
    members: tuple[str, ...] = ()
    """Further members of a filter that `load` reads, such as `unit`."""
    negates: str | None = None
    """Key of the positive twin."""
    example: Mapping[str, Any]
    """A filter that uses it, for documents and tests."""

    def operand_for(self, kind: str) -> fields.Field[Any] | None:
        """The marshmallow field for `value` on that kind of field."""
        return self.operand

    def load(self, given: Given) -> Any:
        """Turns the filter's members into the operand that both faces get; notes problems on `given`."""
        operand = self.operand_for(given.kind)
        return None if operand is None else given.read("value", operand)

    def sql(self, target: Any, value: Any) -> ColumnElement[bool]:
        """SQL that is true for the contacts that match; false or null for all others.

        `target` is the field in SQL, the class that belongs to its kind: those of `plunk.filters.targets`,
        `EventTarget` and `DataTarget`.
        """
        raise NotImplementedError(f"{self.key} has no SQL face")

    def matches(self, actual: Any, value: Any, now: datetime) -> bool:
        """Whether one contact matches.

        `actual` is a JSON value (`None` if there is none), a datetime for dates, a `History` for events, a
        boolean for segments. May be left out: then rules with this operator are always answered by SQL.
        """
        raise NotImplementedError(f"{self.key} has no Python face")

    @property
    def has_python(self) -> bool:
        """Whether it can answer for one contact without the database."""
        return self.brings("matches")

    def brings(self, method: str) -> bool:
        """Whether its class has written that method of this class anew."""
        return getattr(type(self), method) is not getattr(Operator, method)

    def mentions_time(self, value: Any) -> bool:
        """Whether its answer can change by the mere passing of time. Comes with `flips_at_sql`, and with `flips_at`
        if there is a `matches`."""
        return False

    def flips_at_sql(self, target: Any, value: Any) -> ColumnElement[datetime]:
        """SQL for the earliest moment after `target.now` at which time alone changes the answer for a contact, null
        if it never will. Too early is harmless, too late is not: a contact would stay what it no longer is."""
        raise NotImplementedError(f"{self.key} does not say in SQL when it flips")

    def flips_at(self, actual: Any, value: Any, now: datetime) -> datetime | None:
        """The same for one contact, with `actual` as in `matches`: later than `now`, UTC; `None` for never."""
        raise NotImplementedError(f"{self.key} does not say when it flips")

    def tell(self, telling: Telling) -> str:
        """Its part of the sentence about a rule, as what follows `Contacts`."""
        kind = telling.filter.field.kind
        phrase = self.phrase_for(kind, telling.filter.value)
        template = phrase or _phrase_of(self.label, kind, takes_value=telling.takes_value)
        return telling.say(template, field=telling.field(), value=telling.value(), **telling.happening())

    def phrase_for(self, kind: str, value: Any) -> str:
        """The phrase for that kind of field and that operand, which is as `load` made it; empty to use the label."""
        return self.phrase

    def reads_rows(self, value: Any) -> bool:
        """Whether it needs the single events, not just the activity (`History.rows`)."""
        return False

    def inner(self, value: Any) -> tuple[Filter, ...]:
        """Filters inside the operand."""
        return ()


class Negation(Operator):
    """The `not…` twin of an operator."""

    def __init__(self, key: str, label: str, *, of: Operator, phrase: str = "") -> None:
        self.key, self.label, self.negates, self.phrase = key, label, of.key, phrase
        self.kinds, self.data_types, self.members = of.kinds, of.data_types, of.members
        self.example = {**of.example, "operator": key}


def _phrase_of(label: str, kind: str, *, takes_value: bool) -> str:
    """A label shows by `…` where its value stands; without one the value comes last."""
    words = label.strip().replace("{", "{{").replace("}", "}}")
    if "…" in words:
        words = words.replace("…", "{value}", 1)
    elif takes_value:
        words += " {value}"
    whose = kind in (Kind.EMAIL, Kind.BOOLEAN, Kind.DATE, Kind.DATA)
    return f"{'whose' if whose else 'for whom'} {{field}} {words}"
