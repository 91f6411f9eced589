"""Whether an operator tells the truth about time: when its answer will change by itself, if ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from plunk.filters.nodes import Condition
from plunk.testing.contacts import NOW
from plunk.testing.faces import compare, leaf_of, python_answer, sql_answers
from plunk.testing.unsound import UnsoundOperator, shown
from plunk.testing.world import World

_MOST_LOOKED_AT = 20
_LAST = datetime(9000, 1, 1, tzinfo=UTC)
"""Flips later than this are compared, but not lived through: a clock near the end of time is nobody's."""

_LATER = [
    NOW + step
    for step in (
        timedelta(microseconds=1),
        timedelta(minutes=1),
        timedelta(hours=1),
        *(timedelta(days=days) for days in (1, 7, 31, 366, 3651)),
    )
]


def check_time(world: World, condition: Condition) -> None:
    """Raises UnsoundOperator if answers change before the operator says so, or its two faces say different moments."""
    leaf = leaf_of(condition)
    flips: Mapping[UUID, datetime | None] = dict.fromkeys(world.people)
    if leaf.mentions_time:
        flips = _flips(world, condition)
    before = compare(world, condition)
    for moment in _moments(flips):
        now = compare(world, condition, moment)
        for contact_id in before ^ now:
            flip = flips[contact_id]
            if flip is None or flip > moment:
                raise UnsoundOperator(
                    f"{leaf.operator.key}: on {world.show(contact_id)} the answer to {shown(leaf.raw)} changes between "
                    f"{NOW} and {moment}, but {_promise(leaf.mentions_time, flip)}"
                )


def _flips(world: World, condition: Condition) -> dict[UUID, datetime | None]:
    leaf = leaf_of(condition)
    flips = sql_answers(world, leaf, lambda only: world.flips_by_sql(condition, only=only))
    for contact_id, by_sql in flips.items():
        if by_sql is not None and by_sql <= NOW:
            raise UnsoundOperator(
                f"{leaf.operator.key}: on {world.show(contact_id)} flips_at_sql says at {NOW} that it will flip at "
                f"{by_sql}, which is not later"
            )
        by_python = by_sql
        if leaf.has_python:
            by_python = python_answer(
                world, leaf, contact_id, lambda of: world.flips_by_python(condition, of)
            )
        if by_sql != by_python:
            raise UnsoundOperator(
                f"{leaf.operator.key}: on {world.show(contact_id)} the filter {shown(leaf.raw)} flips at "
                f"{by_sql or 'no time'} by flips_at_sql and at {by_python or 'no time'} by flips_at"
            )
    return flips


def _moments(flips: Mapping[UUID, datetime | None]) -> list[datetime]:
    """Moments to look at: some fixed ones, and the last before a flip, spread over all flips."""
    named = sorted({each for each in flips.values() if each is not None and each < _LAST})
    some = named[:: max(1, len(named) // _MOST_LOOKED_AT)]
    return sorted({*_LATER, *(each - timedelta(microseconds=1) for each in some)} - {NOW})


def _promise(mentions_time: bool, flip: datetime | None) -> str:
    if not mentions_time:
        return "mentions_time says that time alone cannot change it"
    return f"it says that it flips at {flip}" if flip else "it says that it never flips"
