"""What was sent with an operator, on its way to becoming an operand. Problems are noted, not raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from plunk.errors import Problem
from plunk.filters.values import simple_lower

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter

MAX_INTEGER = 2**63 - 1
MAX_PROBLEMS = 1000
"""Enough for any rule a person wrote; a hostile one must not make an answer larger than itself."""


@dataclass(frozen=True)
class Limits:
    """How large a rule may be. `nesting` counts conditions within each other, the outermost included."""

    filters: int = 100
    nesting: int = 8
    value_bytes: int = 1024
    list_values: int = 1000
    event_name: int = 255


DEFAULT_LIMITS = Limits()


@dataclass
class Problems:
    """Collects what is wrong with a rule."""

    found: list[Problem] = field(default_factory=list)

    def add(self, path: str, message: str, code: str) -> None:
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(path, message, code, is_malformed=True))


@dataclass(frozen=True)
class Given:
    """The members of one filter, where it stands, and the kind of field it is about."""

    members: Mapping[str, Any]
    kind: str
    path: str
    limits: Limits
    problems: Problems
    read_inner: Callable[[str, Any, int], tuple[Filter, ...]]
    address: Callable[[str], str] = simple_lower
    """An e-mail address as it is stored."""

    def get(self, member: str) -> Any:
        """The member as it was sent; `None` if absent or null."""
        return self.members.get(member)

    def refuse(self, member: str, message: str, code: str = "invalid_value") -> None:
        """Notes a problem with a member."""
        self.problems.add(f"{self.path}.{member}", message, code)

    def read(self, member: str, reader: fields.Field[Any]) -> Any:
        """The member as the marshmallow field loads it; `None` after noting what is wrong, absence too."""
        value = self.get(member)
        if value is None:
            return self.refuse(member, f"{member} is missing", "required")
        is_small = self._is_within_limits(member, value)
        try:
            loaded = reader.deserialize(value)
        except ValidationError as error:
            return self._refuse_all(f"{self.path}.{member}", error.messages)
        return loaded if is_small else None

    def inner(self, member: str, *, at_most: int) -> tuple[Filter, ...]:
        """A list of filters on the data of events: `[{property, operator, value}]`."""
        return self.read_inner(f"{self.path}.{member}", self.get(member), at_most)

    def _is_within_limits(self, member: str, value: Any) -> bool:
        if not isinstance(value, list):
            return self._is_small(member, value)
        if len(value) > self.limits.list_values:
            self.refuse(member, f"A list holds at most {self.limits.list_values:,} values", "too_many_values")
            return False
        return all([self._is_small(f"{member}[{index}]", each) for index, each in enumerate(value)])

    def _is_small(self, member: str, value: Any) -> bool:
        if isinstance(value, str) and len(value.encode()) > self.limits.value_bytes:
            self.refuse(member, f"A value has at most {self.limits.value_bytes:,} bytes", "value_too_large")
            return False
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            self.refuse(member, "A whole number lies within ±(2^63−1)")
            return False
        return True

    def _refuse_all(self, path: str, messages: Any) -> None:
        if isinstance(messages, dict):
            for key, inside in messages.items():
                self._refuse_all(f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}", inside)
            return
        for message in messages:
            self.problems.add(path, str(message), "invalid_value")
