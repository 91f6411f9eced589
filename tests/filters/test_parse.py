"""Doubt fails loudly: every problem of a rule at once, each at its path; hostile input is a problem too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from plunk.errors import InvalidInput
from plunk.filters.given import Limits
from plunk.filters.nodes import Condition
from plunk.filters.parse import parse_condition
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import SEGMENTS, one_filter

FILTER = "condition.groups[0].filters[0]"


def parse(raw: Any, vocabulary: Vocabulary, **options: Any) -> Condition:
    return parse_condition(raw, vocabulary, resolve_segment=SEGMENTS.__contains__, **options)


def problems(raw: Any, vocabulary: Vocabulary, **options: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        parse(raw, vocabulary, **options)
    assert all(each.message and each.is_malformed for each in caught.value.problems)
    return {(each.field, each.code) for each in caught.value.problems}


def nested(depth: int) -> dict[str, Any]:
    """That many conditions within each other."""
    condition = one_filter(field="data.x", operator="exists")
    for _ in range(depth - 1):
        condition = {"logic": "AND", "groups": [{"conditions": condition}]}
    return condition


EXISTS = {"field": "data.x", "operator": "exists"}
GROUP = {"filters": [EXISTS]}

SHAPES: list[tuple[Any, set[tuple[str, str]]]] = [
    (None, {("condition", "required")}),
    ([], {("condition", "invalid_type")}),
    ("AND", {("condition", "invalid_type")}),
    ({}, {("condition.logic", "required"), ("condition.groups", "required")}),
    ({"logic": "and", "groups": [GROUP]}, {("condition.logic", "invalid_value")}),
    ({"logic": ["AND"], "groups": [GROUP]}, {("condition.logic", "invalid_value")}),
    ({"logic": "AND", "groups": []}, {("condition.groups", "invalid_value")}),
    ({"logic": "AND", "groups": {"0": GROUP}}, {("condition.groups", "invalid_value")}),
    ({"logic": "AND", "groups": [GROUP], "group": 1}, {("condition.group", "unknown_key")}),
    ({"logic": "AND", "groups": [1, {}]}, {("condition.groups[0]", "invalid_type"),
    ("condition.groups[1]", "empty_group")}), ({"logic": "AND", "groups": [{"filters": [], "conditions":
    None}]}, {("condition.groups[0]", "empty_group")}), ({"logic": "AND", "groups": [{"filters": {"field":
    "x"}}]}, {("condition.groups[0].filters", "invalid_type")}), ({"logic": "AND", "groups": [{**GROUP,
    "not": "true"}]}, {("condition.groups[0].not", "invalid_type")}), ({"logic": "AND", "groups":
    [{**GROUP, "not": 1}]}, {("condition.groups[0].not", "invalid_type")}), ({"logic": "AND", "groups":
    [{**GROUP, "negate": True}]}, {("condition.groups[0].negate", "unknown_key")}), ({"logic": "AND",
    "groups": [{**GROUP, "conditions": []}]}, {("condition.groups[0].conditions", "invalid_type")}), (
    {"logic": "AND", "groups": [{"conditions": {"logic": "OR", "groups": [{"filters": [None]}]}}]},
    {("condition.groups[0].conditions.groups[0].filters[0]", "required")}, ),
]  # fmt: skip


def name_of(case: Any) -> str:
    """The same in every process: sets print in any order."""
    return str(sorted(case) if isinstance(case, set) else case)[:60]


@pytest.mark.parametrize(("raw", "expected"), SHAPES, ids=name_of)
def test_a_wrong_shape_is_named_at_its_path(
    vocabulary: Vocabulary, raw: Any, expected: set[tuple[str, str]]
) -> None:
    assert problems(raw, vocabulary) == expected


D, E, C = "data.x", "event.x", "createdAt"
FILTERS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {"field": "required", "operator": "required"}),
    ({"field": 5, "operator": 5}, {"field": "invalid_type", "operator": "unknown_operator"}),
    ({"field": "", "operator": ""}, {"field": "invalid_type", "operator": "unknown_operator"}),
    ({"field": D, "operator": "equal", "value": 1}, {"operator": "unknown_operator"}),
    ({"field": D, "operator": "equals", "value": 1, "values": 2}, {"values": "unknown_key"}),
    ({"field": "plan", "operator": "equals", "value": 1}, {"field": "unknown_field"}),
    ({"field": "foo.bar", "operator": "triggered"}, {"field": "unknown_field"}),
    ({"field": "data.", "operator": "exists"}, {"field": "unknown_field"}),
    ({"field": "data.a..b", "operator": "exists"}, {"field": "unknown_field"}),
    ({"field": "data" + ".a" * 33, "operator": "exists"}, {"field": "unknown_field"}),
    ({"field": "event.", "operator": "triggered"}, {"field": "unknown_field"}),
    ({"field": "event." + "x" * 256, "operator": "triggered"}, {"field": "unknown_field"}),
    ({"field": "email.read", "operator": "triggered"}, {"field": "unknown_field"}),
    ({"field": "segment.x", "operator": "memberOfSegment"}, {"field": "unknown_field"}),
    ({"field": f"segment.{UUID(int=5)}", "operator": "memberOfSegment"}, {"field": "unknown_segment"}),
    ({"field": "segment.{" + str(SEGMENTS[0]) + "}", "operator": "memberOfSegment"}, {"field": "unknown_field"}),
    ({"field": "email", "operator": "triggered"}, {"operator": "operator_not_suited"}),
    ({"field": "email", "operator": "greaterThan", "value": "a"}, {"operator": "operator_not_suited"}),
    ({"field": "subscribed", "operator": "contains", "value": "a"}, {"operator": "operator_not_suited"}),
    ({"field": C, "operator": "contains", "value": ""}, {"operator": "operator_not_suited", "value": "invalid_value"}),
    ({"field": C, "operator": "exists"}, {"operator": "operator_not_suited"}),
    ({"field": E, "operator": "equals", "value": 1}, {"operator": "operator_not_suited"}),
    ({"field": D, "operator": "triggered"}, {"operator": "operator_not_suited"}),
    ({"field": "email.open", "operator": "triggeredCount", "value": 1}, {"operator": "operator_not_suited"}),
    ({"field": f"segment.{SEGMENTS[0]}", "operator": "exists"}, {"operator": "operator_not_suited"}),
    ({"field": D, "operator": "equals"}, {"value": "required"}),
    ({"field": D, "operator": "equals", "value": None}, {"value": "required"}),
    ({"field": D, "operator": "equals", "value": []}, {"value": "invalid_value"}),
    ({"field": D, "operator": "notEquals", "value": {"a": 1}}, {"value": "invalid_value"}),
    ({"field": D, "operator": "equals", "value": 2**63}, {"value": "invalid_value"}),
    ({"field": D, "operator": "equals", "value": "x" * 1025}, {"value": "value_too_large"}),
    ({"field": D, "operator": "in", "value": "a"}, {"value": "invalid_value"}),
    ({"field": D, "operator": "in", "value": []}, {"value": "invalid_value"}),
    ({"field": D, "operator": "in", "value": ["a", None, []]}, {"value[1]": "invalid_value", "value[2]":
    "invalid_value"}), ({"field": D, "operator": "in", "value": ["a", "é" * 600]}, {"value[1]":
    "value_too_large"}), ({"field": D, "operator": "in", "value": [1] * 1001}, {"value":
    "too_many_values"}), ({"field": "email", "operator": "equals", "value": 5}, {"value":
    "invalid_value"}), ({"field": "email", "operator": "notEquals", "value": ""}, {"value":
    "invalid_value"}), ({"field": "subscribed", "operator": "equals", "value": "true"}, {"value":
    "invalid_value"}), ({"field": "subscribed", "operator": "in", "value": [True, 1]}, {"value[1]":
    "invalid_value"}), ({"field": C, "operator": "equals", "value": "yesterday"}, {"value":
    "invalid_value"}), ({"field": C, "operator": "greaterThan", "value": 5}, {"value": "invalid_value"}),
    ({"field": C, "operator": "lessThan", "value": "2025-02-30"}, {"value": "invalid_value"}), ({"field":
    C, "operator": "between", "value": ["2025-01-01", "x"]}, {"value[1]": "invalid_value"}), ({"field": D,
    "operator": "contains", "value": ""}, {"value": "invalid_value"}), ({"field": D, "operator":
    "notContains", "value": ""}, {"value": "invalid_value"}), ({"field": D, "operator": "startsWith",
    "value": 5}, {"value": "invalid_value"}), ({"field": D, "operator": "greaterThan", "value": True},
    {"value": "invalid_value"}), ({"field": D, "operator": "greaterThan", "value": ""}, {"value":
    "invalid_value"}), ({"field": D, "operator": "greaterThan", "value": [1]}, {"value":
    "invalid_value"}), ({"field": D, "operator": "between", "value": [1]}, {"value": "invalid_value"}),
    ({"field": D, "operator": "between", "value": [1, 2, 3]}, {"value": "invalid_value"}), ({"field": D,
    "operator": "between", "value": [1, "a"]}, {"value": "invalid_value"}), ({"field": D, "operator":
    "between", "value": ["a", "2025-01-01"]}, {"value": "invalid_value"}), ({"field": D, "operator":
    "between", "value": [None, True]}, {"value[0]": "invalid_value", "value[1]": "invalid_value"}),
    ({"field": D, "operator": "includesAll", "value": []}, {"value": "invalid_value"}), ({"field": D,
    "operator": "includes", "value": ["a"]}, {"value": "invalid_value"}), ({"field": C, "operator":
    "within"}, {"value": "required", "unit": "required"}), ({"field": C, "operator": "within", "value": 0,
    "unit": "days"}, {"value": "invalid_value"}), ({"field": C, "operator": "within", "value": 1.0,
    "unit": "days"}, {"value": "invalid_value"}), ({"field": C, "operator": "within", "value": "1",
    "unit": "days"}, {"value": "invalid_value"}), ({"field": C, "operator": "within", "value": True,
    "unit": "days"}, {"value": "invalid_value"}), ({"field": C, "operator": "within", "value": 36_501,
    "unit": "days"}, {"value": "invalid_value"}), ({"field": C, "operator": "within", "value": 1, "unit":
    "years"}, {"unit": "unknown_unit"}), ({"field": C, "operator": "within", "value": 1, "unit":
    ["days"]}, {"unit": "unknown_unit"}), ({"field": E, "operator": "triggeredWithin", "value": 1},
    {"unit": "required"}), ({"field": E, "operator": "triggeredCount"}, {"value": "required"}), ({"field":
    E, "operator": "triggeredCount", "value": -1}, {"value": "invalid_value"}), ({"field": E, "operator":
    "triggeredCount", "value": 2**31}, {"value": "invalid_value"}), ({"field": E, "operator":
    "triggeredCount", "value": 1, "comparison": "more"}, {"comparison": "invalid_value"}), ({"field": E,
    "operator": "triggeredCount", "value": 1, "comparison": []}, {"comparison": "invalid_value"}),
    ({"field": E, "operator": "triggeredCount", "value": 1, "window": 1}, {"unit": "required"}),
    ({"field": E, "operator": "triggeredCount", "value": 1, "window": 0, "unit": "days"}, {"window":
    "invalid_value"}), ({"field": E, "operator": "triggeredCount", "value": 1, "where": []}, {"where":
    "invalid_value"}), ({"field": E, "operator": "triggeredCount", "value": 1, "where": {}}, {"where":
    "invalid_value"}), ({"field": E, "operator": "triggeredCount", "value": 1, "where": [5]}, {"where[0]":
    "invalid_type"}), ( {"field": E, "operator": "triggeredCount", "value": 1, "where": [{}, {"property":
    "a", "operator": "triggered"}]}, {"where[0].property": "required", "where[0].operator": "required",
    "where[1].operator": "operator_not_suited"}, ), ( {"field": E, "operator": "triggeredCount", "value":
    1, "where": [{"field": "a", "operator": "exists"}]}, {"where[0].field": "unknown_key",
    "where[0].property": "required"}, ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "expected"),
    FILTERS,
    ids=name_of,
)
def test_a_wrong_filter_is_named_at_its_path(
    vocabulary: Vocabulary, members: dict[str, Any], expected: dict[str, str]
) -> None:
    found = problems(one_filter(**members), vocabulary)
    assert found == {(f"{FILTER}.{member}", code) for member, code in expected.items()}


def test_all_problems_come_at_once(vocabulary: Vocabulary) -> None:
    raw = {
        "logic": "XOR",
        "groups": [
            {"filters": [{"field": "data.a", "operator": "equals"}, {"field": "x.y", "operator": "nope"}]},
            {"conditions": {"logic": "OR", "groups": []}, "and": 1},
        ],
    }
    assert problems(raw, vocabulary, path="audienceCondition") == {
        ("audienceCondition.logic", "invalid_value"),
        ("audienceCondition.groups[0].filters[0].value", "required"),
        ("audienceCondition.groups[0].filters[1].operator", "unknown_operator"),
        ("audienceCondition.groups[0].filters[1].field", "unknown_field"),
        ("audienceCondition.groups[1].and", "unknown_key"),
        ("audienceCondition.groups[1].conditions.groups", "invalid_value"),
    }


def test_messages_name_the_remedy(vocabulary: Vocabulary) -> None:
    def message(**members: Any) -> str:
        with pytest.raises(InvalidInput) as caught:
            parse(one_filter(**members), vocabulary)
        return caught.value.problems[0].message

    assert "did you mean startsWith?" in message(field="data.x", operator="startWith", value="a")
    assert "data.plan" in message(field="plan", operator="equals", value="a")
    assert "equals, notEquals" in message(field="subscribed", operator="contains", value="a")
    assert "minutes, hours" in message(field="createdAt", operator="within", value=1, unit="year")


ACCEPTED: list[dict[str, Any]] = [
    {"field": "data.x", "operator": "exists", "value": None, "unit": "nonsense", "where": 5},
    {"field": "data.x", "operator": "equals", "value": "x" * 1022},
    {"field": "data.x", "operator": "in", "value": [1] * 1000},
    {"field": "data.x", "operator": "equals", "value": 2**63 - 1},
    {"field": "createdAt", "operator": "within", "value": 36_500, "unit": "days"},
    {"field": "event." + "x" * 255, "operator": "triggered"},
    {"field": "event.a.b..c", "operator": "triggered"},
    {"field": "event.x", "operator": "triggeredCount", "value": 0, "unit": "nonsense", "window": None, "where": None},
    {"field": f"segment.{SEGMENTS[0]}".upper().replace("SEGMENT", "segment"), "operator": "memberOfSegment"},
]  # fmt: skip


@pytest.mark.parametrize("members", ACCEPTED, ids=lambda case: str(case)[:60])
def test_what_is_odd_but_clear_is_accepted(vocabulary: Vocabulary, members: dict[str, Any]) -> None:
    parse(one_filter(**members), vocabulary)


def test_at_most_100_filters_where_included(vocabulary: Vocabulary) -> None:
    full = {"logic": "AND", "groups": [{"filters": [EXISTS] * 100}]}
    parse(full, vocabulary)
    full["groups"][0]["filters"].append(EXISTS)  # type: ignore[index]
    assert problems(full, vocabulary) == {("condition", "too_many_filters")}
    where = [{"property": "a", "operator": "exists"}]
    count = {"field": "event.x", "operator": "triggeredCount", "value": 1, "where": where}
    both = {"logic": "AND", "groups": [{"filters": [EXISTS, count]}]}
    parse(both, vocabulary, limits=Limits(filters=3))
    assert problems(both, vocabulary, limits=Limits(filters=2)) == {("condition", "too_many_filters")}


def test_at_most_8_conditions_within_each_other(vocabulary: Vocabulary) -> None:
    parse(nested(8), vocabulary)
    [(path, code)] = problems(nested(9), vocabulary)
    assert (path, code) == ("condition" + ".groups[0].conditions" * 8, "too_deep")
    assert {code for _, code in problems(nested(150), vocabulary)} == {"too_deep"}
