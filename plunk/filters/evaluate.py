"""From a `Condition` to Python functions of a profile, whether it matches and until when: the face for one contact."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from plunk import clock
from plunk.filters.fields import Kind, reader
from plunk.filters.nodes import Condition, Filter, Group
from plunk.filters.profile import History, Profile

T = TypeVar("T")
Predicate = Callable[[Profile, datetime], bool]
Flips = Callable[[Profile, datetime], datetime | None]


class NeedsSql(Exception):
    """A filter has an operator without a Python face (`operator` is its key), and the profile does not hold what SQL
    says of it."""

    def __init__(self, operator: str) -> None:
        super().__init__(f"The operator {operator} can only be answered by SQL")
        self.operator = operator


class FlipsTooEarly(ValueError):
    """An operator named a moment for its next change that has come already: a fault of its `flips_at`."""


def compile_predicate(condition: Condition) -> Predicate:
    """A function of a profile and the time (UTC), made once per rule.

    Filters without a Python face are looked up in `Profile.sql_answers`; see `leaves_for_sql`. The function raises
    `NeedsSql` if it comes to one that is missing there.
    """
    groups = [_group(group) for group in condition.groups]
    return _all(groups) if condition.logic == "AND" else _any(groups)


def leaves_for_sql(condition: Condition) -> tuple[Filter, ...]:
    """The filters that have no Python face.

    SQL has to answer each for a contact before that is judged, negation included: compile `nodes.alone(leaf)` by
    `plunk.filters.compile`, put what is found in `Profile.sql_answers` and, if the leaf mentions time, in `sql_flips`.
    """
    return tuple(leaf for leaf in condition.filters() if not leaf.has_python)


def _never(segment_id: UUID) -> None:
    return None


def compile_flips(
    condition: Condition, *, member_flips: Callable[[UUID], Flips | None] = _never
) -> Flips | None:
    """A function of a profile and the time (UTC), made once per rule: the earliest moment after that time at which
    time alone may change the answer of a filter, `None` if there is none. `None` instead of a function if that is
    so for every profile.

    `member_flips` gives the same for a segment: needed for those whose membership `Profile.is_member` works out by
    their rule, asked once when the function is made. The function raises `NeedsSql` for what `Profile.sql_flips`
    lacks, and `FlipsTooEarly`.
    """
    leaves = list(condition.filters())
    parts = [_leaf_flips(leaf) for leaf in leaves if leaf.mentions_time]
    named = [member_flips(UUID(leaf.field.key)) for leaf in leaves if leaf.field.kind == Kind.SEGMENT]
    parts += [part for part in named if part is not None]
    return _earliest(parts, _timed(leaves)) if parts else None


def trace(
    condition: Condition,
    profile: Profile,
    now: datetime,
    *,
    ask_sql: Callable[[Filter], bool] | None = None,
) -> dict[str, Any]:
    """The rule as a tree of JSON: on each node whether it `matches`, on each filter the `actual` value.

    `ask_sql` answers filters that have no Python face; without it they are looked up as in `compile_predicate`.
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
    if not leaf.has_python:
        return lambda profile, now: _looked_up(profile.sql_answers, leaf)
    read, matches, value = reader(leaf.field), leaf.operator.matches, leaf.value
    if leaf.is_negated:
        return lambda profile, now: not matches(read(profile), value, now)
    return lambda profile, now: bool(matches(read(profile), value, now))


def _leaf_flips(leaf: Filter) -> Flips:
    if not leaf.has_python:
        return lambda profile, now: _looked_up(profile.sql_flips, leaf)
    read, flips_at, value = reader(leaf.field), leaf.operator.flips_at, leaf.value
    return lambda profile, now: flips_at(read(profile), value, now)


def _timed(leaves: Sequence[Filter]) -> str:
    return ", ".join(dict.fromkeys(each.operator.key for each in leaves if each.mentions_time))


def _earliest(parts: Sequence[Flips], operators: str) -> Flips:
    def flips_at(profile: Profile, now: datetime) -> datetime | None:
        earliest = None
        for part in parts:
            moment = part(profile, now)
            if moment is not None and (earliest is None or moment < earliest):
                earliest = moment
        if earliest is not None and earliest <= now:  # a timer would be due again at once, for ever
            raise FlipsTooEarly(f"{operators}: the next change is said to be at {earliest}, not after {now}")
        return earliest

    return flips_at


def _looked_up(found: Mapping[Filter, T], leaf: Filter) -> T:
    try:
        return found[leaf]
    except KeyError:
        lacking = next(each.key for each in leaf.operators() if not each.has_python)
        raise NeedsSql(lacking) from None


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
    matches = _leaf(leaf)(profile, now) if leaf.has_python or ask_sql is None else ask_sql(leaf)
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
