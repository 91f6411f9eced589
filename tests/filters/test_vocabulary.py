"""The operators of an app fit together, or the app does not start."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from marshmallow import fields
from sqlalchemy import ColumnElement

from plunk.filters.fields import Kind
from plunk.filters.operator import DATA_TYPES, Negation, Operator
from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.targets import DateTarget, EmailTarget
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


class Expired(Operator):
    """Time alone changes its answer, and SQL alone knows it."""

    key, label, kinds = "expired", "has passed", ("date",)
    example = {"field": "createdAt", "operator": "expired"}

    def sql(self, target: DateTarget, value: None) -> ColumnElement[bool]:
        return target.falls(until=target.now)

    def mentions_time(self, value: None) -> bool:
        return True

    def flips_at_sql(self, target: DateTarget, value: None) -> ColumnElement[datetime]:
        return target.next_edge([timedelta(0)])


def test_an_operator_that_only_sql_answers_brings_its_moments_in_sql_only() -> None:
    assert Vocabulary([Expired()]).keys() == ["expired"]


def unwritten(method: str) -> Any:
    return getattr(Operator, method)


@pytest.mark.parametrize(
    ("methods", "lacking"),
    [
        ({"flips_at_sql": unwritten("flips_at_sql")}, "flips_at_sql"),
        ({"mentions_time": unwritten("mentions_time")}, "mentions_time"),
        ({"matches": lambda *_: True}, "flips_at"),
        (
            {"matches": lambda *_: True, "flips_at_sql": unwritten("flips_at_sql")},
            "flips_at_sql and flips_at",
        ),
    ],
    ids=lambda each: None if isinstance(each, str) else "",
)
def test_half_of_what_belongs_to_time_is_refused(methods: dict[str, Any], lacking: str) -> None:
    halved = type("Halved", (Expired,), methods)
    with pytest.raises(BadVocabulary, match=f"clocks: the operator expired lacks {lacking}. .*mentions_time"):
        Vocabulary.from_hook_results([("clocks", [halved()])])


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
        "dateLabel": "is in the last",
        "kinds": ["date", "data"],
        "dataTypes": ["date"],
        "value": {"type": "duration"},
        "input": "duration",
        "members": ["unit"],
        "negates": None,
        "example": {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"},
    }
    assert (by_key["greaterThan"]["label"], by_key["greaterThan"]["dateLabel"]) == (
        "is greater than",
        "is after",
    )
    assert described["units"] == ["minutes", "hours", "days", "weeks", "months"]
    inputs = {each["input"] for each in described["operators"]}
    assert inputs == {"none", "scalar", "list", "text", "ordered", "range", "duration", "count"}
    assert by_key["triggeredCount"]["input"] == "count"
    assert by_key["notExists"]["input"] == "none"
    assert by_key["notIncludes"]["dataTypes"] == ["list"]


def test_everything_a_rule_may_say_has_words(vocabulary: Vocabulary) -> None:
    described = vocabulary.describe()
    for each in ("units", "comparisons", "logics"):
        assert list(described["labels"][each]) == described[each]
    assert set(described["labels"]["kinds"]) == set(Kind)


def test_every_type_of_custom_data_has_operators(vocabulary: Vocabulary) -> None:
    offered = [each for each in vocabulary.describe()["operators"] if "data" in each["kinds"]]
    for data_type in DATA_TYPES:
        assert [each["operator"] for each in offered if data_type in each["dataTypes"]]
    assert {each for operator in offered for each in operator["dataTypes"]} == set(DATA_TYPES)


def test_an_operator_without_a_name_is_refused() -> None:
    class Nameless(Operator):
        label = "has no key"

    with pytest.raises(BadVocabulary, match="plugin: Nameless lacks key, example"):
        Vocabulary.from_hook_results([("plugin", [Nameless()])])
