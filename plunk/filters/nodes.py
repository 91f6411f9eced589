"""A rule, understood: a condition of groups of filters. Closed; what is open is the operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from typing import Any, Literal

from plunk.filters.fields import Field
from plunk.filters.operator import Operator


@dataclass(frozen=True)
class Filter:
    """One comparison. `operator` is always a positive one; `is_negated` says that its `not…` twin was meant.

    `value` is what the operator's `load` made of the filter's members, `raw` the filter as it was sent.
    """

    field: Field
    operator: Operator
    is_negated: bool
    value: Any
    raw: Mapping[str, Any] = member(compare=False, repr=False)

    def holds(self, actual: Any, now: datetime) -> bool:
        """The Python face, on a value that was already read."""
        return bool(self.operator.matches(actual, self.value, now)) is not self.is_negated


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
