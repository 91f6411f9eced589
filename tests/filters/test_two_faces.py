"""SQL and Python name the same members, whatever the rule and whatever the contacts hold."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from plunk.errors import InvalidInput
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import Bench, one_filter
from tests.filters.odd_values import ODD_TEXTS, SCALARS
from tests.filters.random_rules import contacts, filters, rules

RULES_PER_EXAMPLE = 12
EXAMPLES = 170


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
