"""The one class that built-in operators and plugins' operators derive from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marshmallow import fields
from sqlalchemy import ColumnElement

if TYPE_CHECKING:
    from plunk.filters.given import Given
    from plunk.filters.nodes import Filter


class Operator:
    """One way to compare, as a small object with two faces and a few facts about itself.

    `sql` answers for sets of contacts and `matches` for one; they must agree on every value that JSON can
    hold, and neither may ever raise because of one.

    An operator that negates another (`negates`) has no faces of its own: it matches exactly the contacts that
    its positive twin does not, and takes the same fields and operands.
    """

    key: str
    """The name that rules store for ever: `startsWith`."""
    label: str
    """Words for people: `starts with`."""
    kinds: Collection[str] = ()
    """The kinds of field it suits, from `plunk.filters.fields.Kind`."""
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

        `target` is the field in SQL, the class in `plunk.filters.targets` that belongs to its kind.
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
        return type(self).matches is not Operator.matches

    def mentions_time(self, value: Any) -> bool:
        """Whether its answer can change by the mere passing of time."""
        return False

    def reads_rows(self, value: Any) -> bool:
        """Whether it needs the single events, not just the activity (`History.rows`)."""
        return False

    def inner(self, value: Any) -> tuple[Filter, ...]:
        """Filters inside the operand."""
        return ()


class Negation(Operator):
    """The `not…` twin of an operator."""

    def __init__(self, key: str, label: str, *, of: Operator) -> None:
        self.key, self.label, self.negates = key, label, of.key
        self.kinds, self.members = of.kinds, of.members
        self.example = {**of.example, "operator": key}
