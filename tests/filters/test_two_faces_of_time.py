"""Both faces name the same moments of change, and between those moments nothing changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from plunk.filters.durations import LONGEST
from plunk.filters.evaluate import compile_flips, compile_predicate
from plunk.filters.nodes import Condition, Filter
from plunk.filters.operators.count import Count
from plunk.filters.parse import parse_condition
from plunk.filters.profile import Profile
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import NOW, SEGMENTS, Bench, one_filter
from tests.filters.random_times import LAST, TICK, edges, people, profile, time_filters, time_rules
from tests.filters.test_two_faces import COMMON

LEAVES_PER_EXAMPLE = 10
HORIZON = LAST - LONGEST - TICK
"""Later, the longest duration leads out of the calendar."""


@settings(COMMON, max_examples=40)
@given(leaves=st.lists(time_filters, min_size=LEAVES_PER_EXAMPLE, max_size=LEAVES_PER_EXAMPLE))
def test_both_faces_name_the_same_moments(world: Bench, leaves: list[dict[str, Any]]) -> None:
    assert_same_moments(world, [one_filter(**leaf) for leaf in leaves])


@settings(COMMON, max_examples=40)
@given(
    rules=st.lists(time_rules | time_filters.map(lambda leaf: one_filter(**leaf)), min_size=4, max_size=4),
    contacts=st.lists(people, min_size=1, max_size=6),
)
def test_both_faces_name_the_same_moments_of_random_contacts(
    engine: Engine, vocabulary: Vocabulary, rules: list[dict[str, Any]], contacts: list[dict[str, Any]]
) -> None:
    with engine.connect() as connection:
        bench = Bench(connection, vocabulary)
        for i, person in enumerate(contacts):
            bench.add(f"c{i}", **person)
        assert_same_moments(bench, rules)


@settings(COMMON, max_examples=250)
@given(raw=time_filters, person=people)
def test_a_filter_changes_at_its_moment_and_not_before(
    vocabulary: Vocabulary, raw: dict[str, Any], person: dict[str, Any]
) -> None:
    condition = parse(one_filter(**raw), vocabulary)
    ann, moments, [leaf] = profile(person), edges(person), condition.filters()
    flips_at, matches = compile_flips(condition), compile_predicate(condition)
    flip = flips_at(ann, NOW) if flips_at else None
    before = matches(ann, NOW)
    assert flip is None or flip > NOW
    for moment in around(moments):
        if flip is None or moment < flip:
            assert matches(ann, moment) == before, moment
    assert flip is None or flip in moments
    if flip is not None and flip < HORIZON:
        assert matches(ann, flip - TICK) == before
        if is_exact(leaf):
            assert matches(ann, flip) != before


@settings(COMMON, max_examples=250)
@given(raw=time_rules, person=people, offsets=st.lists(st.timedeltas(timedelta(0), timedelta(days=80))))
def test_looking_again_at_each_moment_is_as_good_as_always_looking(
    vocabulary: Vocabulary, raw: dict[str, Any], person: dict[str, Any], offsets: list[timedelta]
) -> None:
    condition, ann = parse(raw, vocabulary), profile(person)
    matches, looks = compile_predicate(condition), looked_at(condition, ann)
    moments = [*around(edges(person)), *(NOW + offset for offset in offsets)]
    for moment in moments:
        last_look = max(look for look in looks if look <= moment)
        assert matches(ann, moment) == looks[last_look], moment


def assert_same_moments(bench: Bench, rules: list[dict[str, Any]]) -> None:
    conditions = [bench.parse(raw) for raw in rules]
    for raw, condition, found in zip(rules, conditions, bench.flips_by_sql(*conditions), strict=True):
        assert found == bench.flips_by_python(condition), raw


def looked_at(condition: Condition, ann: Profile) -> dict[datetime, bool]:
    """The answers found by looking now, at the moment of the next change, and so on until there is none."""
    matches, flips_at = compile_predicate(condition), compile_flips(condition)
    looks, look = {}, NOW
    while True:
        looks[look] = matches(ann, look)
        flip = flips_at(ann, look) if flips_at else None
        if flip is None or flip > HORIZON:
            return looks
        assert flip > look
        look = flip


def around(moments: list[datetime]) -> list[datetime]:
    """Each, and one microsecond earlier and later."""
    near = (-TICK, timedelta(0), TICK)
    return [each + tick for each in moments if each < HORIZON for tick in near]


def is_exact(leaf: Filter) -> bool:
    """Whether its moments are those of a real change, not just the earliest at which one may be."""
    count = leaf.value
    return not isinstance(count, Count) or not (count.passing or count.comparison == "exactly")


def parse(raw: dict[str, Any], vocabulary: Vocabulary) -> Condition:
    return parse_condition(raw, vocabulary, resolve_segment=SEGMENTS.__contains__)
