"""Whatever is sent as a rule is understood or refused, and never does harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plunk.errors import InvalidInput
from plunk.filters.given import MAX_PROBLEMS
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import one_filter
from tests.filters.test_parse import parse, problems


def test_what_no_database_takes_is_refused(vocabulary: Vocabulary) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (float("nan"), float("inf"), "a\0b", "\ud800", 10**5000, deep, object(), {1, 2}):
        assert problems(one_filter(field="data.x", operator="equals", value=value), vocabulary) == {
            ("condition", "invalid")
        }
    assert problems(one_filter(field="data.\0", operator="exists"), vocabulary) == {("condition", "invalid")}
    parse(one_filter(field="data.x", operator="equals", value="\\u0000"), vocabulary)
    while deep:
        deep = deep.pop()


def test_a_flood_of_problems_is_cut(vocabulary: Vocabulary) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse({"logic": "AND", "groups": [{}] * 50_000}, vocabulary)
    assert len(caught.value.problems) == MAX_PROBLEMS


scraps = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["AND", "data.x", "event.x", "equals", "in", "within", "triggeredCount", "days", "exactly"]
    ),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "logic",
                    "groups",
                    "filters",
                    "conditions",
                    "not",
                    "field",
                    "operator",
                    "value",
                    "unit",
                    "where",
                ]
            )
            | st.text(max_size=3),
            inside,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(raw=scraps, rest=scraps)
def test_whatever_is_sent_is_understood_or_refused(vocabulary: Vocabulary, raw: Any, rest: Any) -> None:
    members = rest if isinstance(rest, dict) else {"value": rest}
    for sent in (
        raw,
        {"logic": "AND", "groups": raw},
        {"logic": "AND", "groups": [raw]},
        {
            "logic": "AND",
            "groups": [{"filters": [{"field": "data.x", "operator": "equals", **members}, raw]}],
        },
        one_filter(**{"field": "event.x", "operator": "triggeredCount", **members}),  # type: ignore[arg-type]
    ):
        try:
            parse(sent, vocabulary)
        except InvalidInput as error:
            assert error.problems
