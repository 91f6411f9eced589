"""From JSON to a `Condition`: every problem at once, each with its path. Doubt is refused, not answered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from plunk.errors import InvalidInput
from plunk.filters.fields import Field, Kind, UnknownField, data_field, field_named
from plunk.filters.given import DEFAULT_LIMITS, Given, Limits, Problems
from plunk.filters.nodes import Condition, Filter, Group
from plunk.filters.operator import Operator
from plunk.filters.values import simple_lower
from plunk.filters.vocabulary import Vocabulary

_CONDITION_KEYS = ("logic", "groups")
_GROUP_KEYS = ("filters", "conditions", "not")
_EVENT_KINDS = {Kind.EVENT, Kind.EMAIL_ACTIVITY}


def parse_condition(
    raw: Any,
    vocabulary: Vocabulary,
    *,
    resolve_segment: Callable[[UUID], bool],
    limits: Limits = DEFAULT_LIMITS,
    path: str = "condition",
    address: Callable[[str], str] = simple_lower,
) -> Condition:
    """Understands a rule as it was sent.

    `resolve_segment` says whether a segment of that id exists in the project; paths of problems begin with
    `path`; `address` turns an e-mail address into its stored form. Raises `InvalidInput` with all problems, for
    whatever JSON is given.
    """
    reading = _Reading(vocabulary, resolve_segment, limits, address)
    if _is_plain_json(raw):
        condition = reading.condition(raw, path, depth=1)
    else:
        reading.problems.add(
            path, "The rule must be plain JSON, without NaN, U+0000 and lone surrogates", "invalid"
        )
    if reading.filters > limits.filters:
        reading.problems.add(path, f"A rule holds at most {limits.filters} filters", "too_many_filters")
    if reading.problems.found:
        raise InvalidInput(reading.problems.found)
    return condition


@dataclass
class _Reading:
    """One run through a rule. After a problem was noted, what the methods return is not looked at."""

    vocabulary: Vocabulary
    resolve_segment: Callable[[UUID], bool]
    limits: Limits
    address: Callable[[str], str]
    problems: Problems = field(default_factory=Problems)
    filters: int = 0

    def condition(self, raw: Any, path: str, *, depth: int) -> Condition:
        nothing = Condition("AND", ())
        if not self._is_object(raw, path):
            return nothing
        self._refuse_unknown(raw, _CONDITION_KEYS, path)
        logic, groups = raw.get("logic"), raw.get("groups")
        if logic is None:
            self.problems.add(f"{path}.logic", "logic is missing; use AND or OR", "required")
        elif logic not in ("AND", "OR"):
            self.problems.add(f"{path}.logic", "logic is either AND or OR", "invalid_value")
        if groups is None:
            self.problems.add(f"{path}.groups", "groups is missing", "required")
        elif not isinstance(groups, list) or not groups:
            self.problems.add(f"{path}.groups", "groups is a list of at least one group", "invalid_value")
        else:
            parsed = [self._group(each, f"{path}.groups[{i}]", depth=depth) for i, each in enumerate(groups)]
            return Condition(logic, tuple(parsed)) if logic in ("AND", "OR") else nothing
        return nothing

    def _group(self, raw: Any, path: str, *, depth: int) -> Group:
        nothing = Group((), None, False)
        if not self._is_object(raw, path):
            return nothing
        self._refuse_unknown(raw, _GROUP_KEYS, path)
        sent, nested, negated = raw.get("filters"), raw.get("conditions"), raw.get("not")
        if negated is not None and not isinstance(negated, bool):
            self.problems.add(f"{path}.not", "not is either true or false", "invalid_type")
        if sent is not None and not isinstance(sent, list):
            self.problems.add(f"{path}.filters", "filters is a list", "invalid_type")
            return nothing
        if not sent and nested is None:
            self.problems.add(path, "A group needs at least one filter or a nested condition", "empty_group")
        filters = self._filters(sent or [], f"{path}.filters")
        condition = None
        if nested is not None and depth >= self.limits.nesting:
            message = f"Conditions are nested at most {self.limits.nesting} deep"
            self.problems.add(f"{path}.conditions", message, "too_deep")
        elif nested is not None:
            condition = self.condition(nested, f"{path}.conditions", depth=depth + 1)
        return Group(filters, condition, negated is True)

    def _filters(self, sent: list[Any], path: str) -> tuple[Filter, ...]:
        # All problems are named, but nobody wrote ten times too many filters by hand.
        left = max(10 * self.limits.filters - self.filters, 0)
        self.filters += len(sent)
        parsed = [self._filter(each, f"{path}[{i}]", self._field) for i, each in enumerate(sent[:left])]
        return tuple(each for each in parsed if each is not None)

    def _where(self, path: str, sent: Any, at_most: int) -> tuple[Filter, ...]:
        """Filters on the data of events, inside an operand."""
        if not isinstance(sent, list) or not 0 < len(sent) <= at_most:
            self.problems.add(path, f"A list of 1 to {at_most} comparisons", "invalid_value")
            return ()
        self.filters += len(sent)
        parsed = [
            self._filter(each, f"{path}[{i}]", self._property, "property") for i, each in enumerate(sent)
        ]
        return tuple(each for each in parsed if each is not None)

    def _filter(
        self,
        raw: Any,
        path: str,
        read_field: Callable[[Mapping[str, Any], str, Operator | None], Field | None],
        name: str = "field",
    ) -> Filter | None:
        if not self._is_object(raw, path):
            return None
        members = self.vocabulary.members(Kind.DATA if name == "property" else None)
        self._refuse_unknown(raw, (name, "operator", "value", *sorted(members)), path)
        operator = self._operator(raw, path)
        found = read_field(raw, path, operator)
        if operator is None:
            return None
        positive = self.vocabulary.positive(operator)
        suits = found is not None and found.kind in positive.kinds
        if found is not None and not suits:
            self._refuse_operator(found, operator, path)
        kind = found.kind if found is not None and suits else _likeliest_kind(positive)
        given = Given(raw, kind, path, self.limits, self.problems, self._where, self.address)
        value = positive.load(given)
        if found is None:
            return None
        return Filter(found, positive, positive is not operator, value, raw)

    def _operator(self, raw: Mapping[str, Any], path: str) -> Operator | None:
        key = raw.get("operator")
        operator = self.vocabulary.get(key) if isinstance(key, str) else None
        if operator is not None:
            return operator
        if key is None:
            self.problems.add(f"{path}.operator", "operator is missing", "required")
        else:
            near = _nearest(key, self.vocabulary.keys())
            self.problems.add(f"{path}.operator", f"There is no such operator{near}", "unknown_operator")
        return None

    def _field(self, raw: Mapping[str, Any], path: str, operator: Operator | None) -> Field | None:
        name = self._name(raw, "field", path)
        if name is None:
            return None
        is_event_wanted = operator is None or bool(
            _EVENT_KINDS & set(self.vocabulary.positive(operator).kinds)
        )
        try:
            found = field_named(name, is_event_wanted=is_event_wanted, longest_event=self.limits.event_name)
        except UnknownField as error:
            self.problems.add(f"{path}.field", str(error), "unknown_field")
            return None
        if found.kind == Kind.SEGMENT and not self.resolve_segment(UUID(found.key)):
            self.problems.add(f"{path}.field", "There is no such segment in this project", "unknown_segment")
            return None
        return found

    def _property(self, raw: Mapping[str, Any], path: str, operator: Operator | None) -> Field | None:
        name = self._name(raw, "property", path)
        try:
            return None if name is None else data_field(name)
        except UnknownField as error:
            self.problems.add(f"{path}.property", str(error), "unknown_field")
            return None

    def _name(self, raw: Mapping[str, Any], member: str, path: str) -> str | None:
        name = raw.get(member)
        if isinstance(name, str) and name:
            return name
        if name is None:
            self.problems.add(f"{path}.{member}", f"{member} is missing", "required")
        else:
            self.problems.add(f"{path}.{member}", f"{member} is a text that is not empty", "invalid_type")
        return None

    def _refuse_operator(self, found: Field, operator: Operator, path: str) -> None:
        suiting = ", ".join(each.key for each in self.vocabulary.suiting(found.kind))
        message = f"{operator.key} does not suit this field; use one of {suiting}"
        self.problems.add(f"{path}.operator", message, "operator_not_suited")

    def _is_object(self, raw: Any, path: str) -> bool:
        if isinstance(raw, dict):
            return True
        code = "required" if raw is None else "invalid_type"
        self.problems.add(path, "Must be a JSON object", code)
        return False

    def _refuse_unknown(self, raw: Mapping[str, Any], known: Collection[str], path: str) -> None:
        for key in raw:
            if key not in known:
                self.problems.add(
                    f"{path}.{key[:255]}", f"There is no such member{_nearest(key, known)}", "unknown_key"
                )


def _likeliest_kind(operator: Operator) -> str:
    """For checking the rest of a filter whose field is unknown or not suited."""
    return Kind.DATA if Kind.DATA in operator.kinds else next(iter(operator.kinds))


def _nearest(word: Any, known: Collection[str]) -> str:
    """Advice for the end of a message."""
    near = get_close_matches(word, known, n=1) if isinstance(word, str) and len(word) < 64 else []
    return f"; did you mean {near[0]}?" if near else f"; use one of {', '.join(known)}"


def _is_plain_json(raw: Any) -> bool:
    """Whether it can be written as JSON that the database takes."""
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return not _NUL.search(text)


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
