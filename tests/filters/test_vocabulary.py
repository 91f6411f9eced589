"""The operators of an app fit together, or the app does not start."""

from __future__ import annotations

import json
from typing import Any

import pytest
from marshmallow import fields
from sqlalchemy import ColumnElement

from plunk.filters.operator import Negation, Operator
from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.targets import EmailTarget
from plunk.filters.vocabulary import BadVocabulary, Vocabulary
from tests.filters.bench import Bench


class Domain(Operator):
    """A plugin's operator, as small as one can be."""

    key, label, kinds, operand = "domainIs", "has the domain", ("email",), fields.String()
    example = {"field": "email", "operator": "domainIs", "value": "example.com"}

    def sql(self, target: EmailTarget, value: str) -> ColumnElement[bool]:
        return target.text().endswith("@" + value, autoescape=True)

    def matches(self, actual: str, value: str, now: Any) -> bool:
        return actual.endswith("@" + value)


def test_a_plugin_adds_operators_and_their_twins(bench: Bench) -> None:
    domain = Domain()
    bench.vocabulary = Vocabulary.from_hook_results(
        [
            ("built-in", plunk_filter_operators()),
            ("domains", [domain, Negation("domainIsNot", "…", of=domain)]),
        ]
    )
    bench.add("ann")
    bench.add("bob", email="bob@example.org")
    assert bench.matching(field="email", operator="domainIs", value="example.com") == {"ann"}
    assert bench.matching(field="email", operator="domainIsNot", value="example.com") == {"bob"}


def test_a_key_declared_twice_is_refused_with_both_names() -> None:
    with pytest.raises(BadVocabulary, match=r"second and first both declare the operator domainIs"):
        Vocabulary.from_hook_results([("first", [Domain()]), ("second", [Domain()])])


def test_a_twin_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadVocabulary, match="negates domainIs"):
        Vocabulary([Negation("domainIsNot", "…", of=Domain())])


def test_a_kind_that_does_not_exist_is_refused() -> None:
    unsuited = Domain()
    unsuited.kinds = ("address",)  # type: ignore[misc]
    with pytest.raises(BadVocabulary, match="suits address"):
        Vocabulary([unsuited])


def test_every_negation_has_its_positive_twin(vocabulary: Vocabulary) -> None:
    pairs = {each.key: each.negates for each in vocabulary if each.negates}
    assert len(list(vocabulary)) == 36
    assert set(pairs) == {
        "notEquals",
        "notIn",
        "notContains",
        "notStartsWith",
        "notEndsWith",
        "notExists",
        "isNotEmpty",
        "notIncludes",
        "notIncludesAny",
        "notIncludesAll",
        "notTriggered",
        "notTriggeredWithin",
        "notMemberOfSegment",
    }
    assert all(vocabulary.get(twin or "") for twin in pairs.values())


def test_the_description_is_json_with_types_by_kind(vocabulary: Vocabulary) -> None:
    described = vocabulary.describe()
    assert json.loads(json.dumps(described)) == described
    by_key = {each["operator"]: each for each in described["operators"]}
    assert by_key["exists"]["value"] is None
    assert by_key["contains"]["value"] == {"type": "text"}
    assert by_key["notEquals"]["value"]["byKind"]["boolean"] == {"type": "boolean"}
    assert by_key["in"]["value"]["byKind"]["data"] == {"type": "list", "items": "scalar"}
    assert by_key["within"] == {
        "operator": "within",
        "label": "is in the last",
        "kinds": ["date", "data"],
        "value": {"type": "duration"},
        "members": ["unit"],
        "negates": None,
        "example": {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"},
    }
    assert described["units"] == ["minutes", "hours", "days", "weeks", "months"]
