"""SQL and Python name the same members, whatever the rule and whatever the contacts hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from plunk.errors import InvalidInput
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import SEGMENTS, Bench, one_filter
from tests.filters.odd_values import EVENT_NAMES, ODD_TEXTS, ODD_VALUES, SCALARS
from tests.filters.random_rules import MOMENTS, contacts, filters, rules

RULES_PER_EXAMPLE = 12
EXAMPLES = 170


@pytest.fixture(scope="module")
def world(engine: Engine, vocabulary: Vocabulary) -> Iterator[Bench]:
    """A contact for every odd value, and some with many."""
    with engine.connect() as connection:
        bench = Bench(connection, vocabulary)
        for i, value in enumerate(ODD_VALUES):
            at = MOMENTS[i % len(MOMENTS)]
            bench.add(
                f"c{i}",
                email="ß@example.com" if i == 5 else None,
                subscribed=i % 2 == 0,
                created_at=at,
                updated_at=MOMENTS[(i // 2) % len(MOMENTS)],
                data=_placed(i),
                events=[
                    (EVENT_NAMES[j % len(EVENT_NAMES)], MOMENTS[(i + j) % 6], {"v": value})
                    for j in range(i % 4)
                ],
                segments=SEGMENTS[: i % 3],
            )
        yield bench
        connection.rollback()


def _placed(i: int) -> dict[str, Any]:
    """Odd values at every place that a path may mean, each of them at each place in some contact."""
    value, second, third = (ODD_VALUES[(i + shift) % len(ODD_VALUES)] for shift in (0, 7, 13))
    data: dict[str, Any] = {
        "v": value,
        "0": [value, second],
        'q"uo\\te': second,
        "a": {"b": third, "0": value},
    }
    if i % 2:
        data["a.b"] = second
    if i % 5 == 0:
        data["a"] = [{"b": third}]
    if i % 3 == 0:
        data["v.0"] = third
    return data


COMMON = settings(
    deadline=None,
    derandomize=False,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)


@pytest.mark.parametrize(
    "operator",
    ["equals", "greaterThan", "lessThan", "greaterThanOrEqual", "lessThanOrEqual", "contains", "includes"],
)
def test_every_odd_operand_meets_every_odd_value(world: Bench, operator: str) -> None:
    conditions = []
    for operand in SCALARS:
        with contextlib.suppress(InvalidInput):
            conditions.append(world.parse(one_filter(field="data.v", operator=operator, value=operand)))
    assert len(conditions) > len(ODD_TEXTS)
    for first in range(0, len(conditions), 50):
        some = conditions[first : first + 50]
        for condition, found in zip(some, world.by_sql(*some), strict=True):
            assert found == world.by_python(condition), next(condition.filters()).raw


@settings(COMMON, max_examples=EXAMPLES)
@given(raw_rules=st.lists(rules, min_size=RULES_PER_EXAMPLE, max_size=RULES_PER_EXAMPLE))
def test_both_faces_name_the_same_members(world: Bench, raw_rules: list[dict[str, Any]]) -> None:
    conditions = [world.parse(raw) for raw in raw_rules]
    for raw, condition, found in zip(raw_rules, conditions, world.by_sql(*conditions), strict=True):
        assert found == world.by_python(condition), raw


@settings(COMMON, max_examples=60)
@given(raw_rules=st.lists(rules, min_size=4, max_size=4), people=st.lists(contacts, min_size=1, max_size=4))
def test_both_faces_name_the_same_members_of_random_contacts(
    engine: Engine, vocabulary: Vocabulary, raw_rules: list[dict[str, Any]], people: list[dict[str, Any]]
) -> None:
    with engine.connect() as connection:
        bench = Bench(connection, vocabulary)
        for i, person in enumerate(people):
            bench.add(f"c{i}", **person)
        conditions = [bench.parse(raw) for raw in raw_rules]
        for raw, condition, found in zip(raw_rules, conditions, bench.by_sql(*conditions), strict=True):
            assert found == bench.by_python(condition), raw


@settings(COMMON, max_examples=60)
@given(leaves=st.lists(filters, min_size=8, max_size=8))
def test_a_rule_and_its_opposite_share_out_all_contacts(world: Bench, leaves: list[dict[str, Any]]) -> None:
    everyone = set(world.names.values())
    groups = [{"filters": [leaf]} for leaf in leaves]
    as_sent = [world.parse({"logic": "AND", "groups": [group]}) for group in groups]
    opposite = [world.parse({"logic": "AND", "groups": [{**group, "not": True}]}) for group in groups]
    found = world.by_sql(*as_sent, *opposite)
    for i, leaf in enumerate(leaves):
        members, others = found[i], found[i + len(leaves)]
        assert not members & others, leaf
        assert members | others == everyone, leaf
