"""A rule, understood: a condition of groups of filters. Closed; what is open is the operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from typing import Any, Literal

from plunk.filters.fields import Field, Kind
from plunk.filters.operator import Operator


@dataclass(frozen=True, eq=False)
class Filter:
    """One comparison. `operator` is always a positive one; `is_negated` says that its `not…` twin was meant.

    `value` is what the operator's `load` made of the filter's members, `raw` the filter as it was sent. A filter is
    equal to itself only, and a key for mappings whatever its value is.
    """

    field: Field
    operator: Operator
    is_negated: bool
    value: Any
    raw: Mapping[str, Any] = member(repr=False)

    def holds(self, actual: Any, now: datetime) -> bool:
        """The Python face, on a value that was already read."""
        return bool(self.operator.matches(actual, self.value, now)) is not self.is_negated

    def flips_at(self, actual: Any, now: datetime) -> datetime | None:
        """When that will next change by the mere passing of time, on a value that was already read."""
        return self.operator.flips_at(actual, self.value, now)

    @property
    def mentions_time(self) -> bool:
        """Whether its answer can change by the mere passing of time."""
        return self.operator.mentions_time(self.value)

    @property
    def has_python(self) -> bool:
        """Whether it can be answered for one contact without the database."""
        return all(each.has_python for each in self.operators())

    def operators(self) -> Iterator[Operator]:
        """Its own operator, and those inside its operand."""
        yield self.operator
        for each in self.operator.inner(self.value):
            yield from each.operators()


@dataclass(frozen=True)
class Group:
    """Filters and perhaps a nested condition, all of which must hold; the opposite if `is_negated`."""

    filters: tuple[Filter, ...]
    conditions: Condition | None
    is_negated: bool


@dataclass(frozen=True)
class Condition:
    """Groups of which all (`AND`) or at least one (`OR`) must match."""

    logic: Literal["AND", "OR"]
    groups: tuple[Group, ...]

    def filters(self) -> Iterator[Filter]:
        """Every filter at any depth, in order; not those inside an operand."""
        for group in self.groups:
            yield from group.filters
            if group.conditions is not None:
                yield from group.conditions.filters()


def alone(leaf: Filter) -> Condition:
    """A rule of that filter only."""
    return Condition("AND", (Group((leaf,), None, False),))


def timeless_part(condition: Condition) -> Condition | None:
    """Filters that must hold for the rule to match and whose answer no time changes; `None` if there are none.

    While one of them fails, time alone cannot bring a contact in, nor take it out: it needs no timer. Filters on other
    segments are left aside, since time may stand in those.
    """
    if condition.logic != "AND":
        return None
    filters = tuple(
        each
        for group in condition.groups
        if not group.is_negated
        for each in group.filters
        if not each.mentions_time and each.field.kind != Kind.SEGMENT
    )
    return Condition("AND", (Group(filters, None, False),)) if filters else None
