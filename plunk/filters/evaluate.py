"""From a `Condition` to one Python predicate over a profile: the face for one contact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from plunk import clock
from plunk.filters.fields import reader
from plunk.filters.nodes import Condition, Filter, Group
from plunk.filters.profile import History, Profile

Predicate = Callable[[Profile, datetime], bool]


class NeedsSql(Exception):
    """The rule has an operator without a Python face (`operator` is its key): only SQL can answer it."""

    def __init__(self, operator: str) -> None:
        super().__init__(f"The operator {operator} can only be answered by SQL")
        self.operator = operator


def compile_predicate(condition: Condition) -> Predicate:
    """A function of a profile and the time (UTC), made once per rule. Raises `NeedsSql`."""
    groups = [_group(group) for group in condition.groups]
    return _all(groups) if condition.logic == "AND" else _any(groups)


def trace(
    condition: Condition,
    profile: Profile,
    now: datetime,
    *,
    ask_sql: Callable[[Filter], bool] | None = None,
) -> dict[str, Any]:
    """The rule as a tree of JSON: on each node whether it `matches`, on each filter the `actual` value.

    `ask_sql` answers filters that have no Python face; without it they raise `NeedsSql`.
    """
    groups = [_trace_group(group, profile, now, ask_sql) for group in condition.groups]
    matching = [group["matches"] for group in groups]
    return {
        "logic": condition.logic,
        "matches": all(matching) if condition.logic == "AND" else any(matching),
        "groups": groups,
    }


def _group(group: Group) -> Predicate:
    parts = [_leaf(each) for each in group.filters]
    if group.conditions is not None:
        parts.append(compile_predicate(group.conditions))
    together = _all(parts)
    return (lambda profile, now: not together(profile, now)) if group.is_negated else together


def _leaf(leaf: Filter) -> Predicate:
    _require_python(leaf)
    read, matches, value = reader(leaf.field), leaf.operator.matches, leaf.value
    if leaf.is_negated:
        return lambda profile, now: not matches(read(profile), value, now)
    return lambda profile, now: bool(matches(read(profile), value, now))


def _all(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]

    def matches(profile: Profile, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110 (all() with a generator costs twice as much, and this runs per write)
            if not part(profile, now):
                return False
        return True

    return matches


def _any(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]

    def matches(profile: Profile, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110
            if part(profile, now):
                return True
        return False

    return matches


def _require_python(leaf: Filter) -> None:
    for each in (leaf, *leaf.operator.inner(leaf.value)):
        if not each.operator.has_python:
            raise NeedsSql(each.operator.key)


def _trace_group(
    group: Group, profile: Profile, now: datetime, ask_sql: Callable[[Filter], bool] | None
) -> dict[str, Any]:
    filters = [_trace_leaf(each, profile, now, ask_sql) for each in group.filters]
    matching = [each["matches"] for each in filters]
    nested = None
    if group.conditions is not None:
        nested = trace(group.conditions, profile, now, ask_sql=ask_sql)
        matching.append(nested["matches"])
    return {
        **({"not": True} if group.is_negated else {}),
        "matches": all(matching) is not group.is_negated,
        "filters": filters,
        **({"conditions": nested} if nested is not None else {}),
    }


def _trace_leaf(
    leaf: Filter, profile: Profile, now: datetime, ask_sql: Callable[[Filter], bool] | None
) -> dict[str, Any]:
    actual = reader(leaf.field)(profile)
    try:
        _require_python(leaf)
        matches = leaf.holds(actual, now)
    except NeedsSql:
        if ask_sql is None:
            raise
        matches = ask_sql(leaf)
    return {**leaf.raw, "actual": _shown(actual), "matches": matches}


def _shown(actual: Any) -> Any:
    if isinstance(actual, datetime):
        return clock.iso(actual)
    if not isinstance(actual, History):
        return actual
    if actual.activity is None:
        return None
    activity = actual.activity
    return {
        "count": activity.count,
        "firstAt": clock.iso(activity.first_at),
        "lastAt": clock.iso(activity.last_at),
    }
