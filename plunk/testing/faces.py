"""Whether both faces of an operator name the same contacts, and neither raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from plunk.filters.evaluate import FlipsTooEarly
from plunk.filters.nodes import Condition, Filter
from plunk.testing.contacts import NOW
from plunk.testing.unsound import UnsoundOperator, shown
from plunk.testing.world import World

Answer = TypeVar("Answer")
_REMEDY = ". Look at the type of what is there before you use it"


def compare(world: World, condition: Condition, now: datetime = NOW) -> set[UUID]:
    """The members of a rule with one filter. Raises UnsoundOperator if a face raises, or the two differ."""
    leaf = leaf_of(condition)
    members = sql_answers(world, leaf, lambda only: world.by_sql([condition], now, only=only)[0])
    if leaf.has_python:
        for contact_id in world.people:
            answer = python_answer(world, leaf, contact_id, lambda of: world.by_python(condition, of, now))
            if answer is not (contact_id in members):
                raise UnsoundOperator(
                    f"{leaf.operator.key}: on {world.show(contact_id)} the filter {shown(leaf.raw)} "
                    f"{_verdict(not answer)} by SQL and {_verdict(answer)} by Python"
                )
    return members


def compare_complement(world: World, condition: Condition) -> None:
    """Raises UnsoundOperator unless every contact matches either a rule with one filter or its opposite."""
    leaf = leaf_of(condition)
    opposite = Condition("AND", (replace(condition.groups[0], is_negated=True),))
    members, rest = compare(world, condition), world.by_sql([opposite])[0]
    for contact_id in world.people:
        if (contact_id in members) is (contact_id in rest):
            raise UnsoundOperator(
                f"{leaf.operator.key}: {world.show(contact_id)} is in {'both' if contact_id in rest else 'neither'} "
                f"of {shown(leaf.raw)} and its opposite. The same question must get the same answer each time"
            )


def leaf_of(condition: Condition) -> Filter:
    """The filter of a rule that has one."""
    return next(condition.filters())


def sql_answers(world: World, leaf: Filter, ask: Callable[[UUID | None], Answer]) -> Answer:
    """What `ask` answers about all contacts (`None`); if it raises, looks for the contact that makes it."""
    try:
        return ask(None)
    except Exception as problem:
        culprits = [each for each in world.people if _raises(ask, each)]
        is_everybody = len(culprits) in (0, len(world.people))
        raise UnsoundOperator(
            f"{leaf.operator.key}: its SQL raises{'' if is_everybody else f' on {world.show(culprits[0])}'} with "
            f"{shown(leaf.raw)}: {_said(problem)}. "
            f"{'Let the operand refuse what SQL cannot take' if is_everybody else 'Cast inside CASE, after a test'}"
        ) from problem


def python_answer(world: World, leaf: Filter, contact_id: UUID, ask: Callable[[UUID], Answer]) -> Answer:
    """What `ask` answers about one contact."""
    try:
        return ask(contact_id)
    except Exception as problem:
        raise UnsoundOperator(
            f"{leaf.operator.key}: its Python raises on {world.show(contact_id)} with {shown(leaf.raw)}: "
            f"{problem!r}{'' if isinstance(problem, FlipsTooEarly) else _REMEDY}"
        ) from problem


def _raises(ask: Callable[[UUID | None], object], contact_id: UUID) -> bool:
    try:
        ask(contact_id)
    except Exception:
        return True
    return False


def _said(problem: Exception) -> str:
    return str(getattr(problem, "orig", None) or repr(problem)).strip().splitlines()[0]


def _verdict(matches: bool) -> str:
    return "matches" if matches else "does not match"
