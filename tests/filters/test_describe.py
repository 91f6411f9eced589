"""Rules as sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from gettext import NullTranslations
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from marshmallow import fields

from plunk.errors import InvalidInput
from plunk.filters.describe import describe
from plunk.filters.nodes import Condition
from plunk.filters.operator import Negation, Operator
from plunk.filters.parse import parse_condition
from plunk.filters.vocabulary import BadVocabulary, Vocabulary
from tests.filters.bench import SEGMENTS
from tests.filters.odd_values import ODD_TEXTS, SCALARS
from tests.filters.random_rules import rules

NAMES = {SEGMENTS[0]: "Friends"}


def parsed(raw: Any, vocabulary: Vocabulary) -> Condition:
    return parse_condition(raw, vocabulary, resolve_segment=lambda segment_id: True)


def told(vocabulary: Vocabulary, *filters: dict[str, Any], **group: Any) -> str:
    return rule_told(vocabulary, {"logic": "AND", "groups": [{"filters": list(filters), **group}]})


def rule_told(vocabulary: Vocabulary, raw: Any, words: NullTranslations | None = None) -> str:
    return describe(parsed(raw, vocabulary), vocabulary, segment_name=NAMES.get, words=words)


def on(field: str, operator: str, value: Any = None, **members: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value, **members}


@pytest.mark.parametrize(
    ("leaf", "phrase"),
    [
        (on("data.plan", "equals", "pro"), "whose plan is “pro”"),
        (on("data.plan", "notEquals", "10"), "whose plan is not “10”"),
        (on("data.seats", "equals", 10.0), "whose seats is 10"),
        (on("data.paid", "equals", True), "whose paid is yes"),
        (on("data.born", "equals", "2025-06-15T14:00Z"), "whose born is 2025-06-15"),
        (on("data.Signed up at", "exists"), "whose “Signed up at” exists"),
        (on("subscribed", "equals", False), "who are not subscribed"),
        (on("subscribed", "in", [True, True]), "who are subscribed"),
        (on("subscribed", "notEquals", True), "who are not subscribed"),
        (on("subscribed", "notIn", [False]), "who are subscribed"),
        (on("subscribed", "in", [True, False]), "whose subscription is one of yes, no"),
        (on("email", "endsWith", "@Example.com"), "whose e-mail address ends with “@Example.com”"),
        (on("data.plan", "contains", "2025-01-01"), "whose plan contains “2025-01-01”"),
        (on("data.plan", "in", ["pro", 3]), "whose plan is one of “pro”, 3"),
        (on("data.n", "in", [*range(13)]), "whose n is one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more"),
        (on("createdAt", "within", 30, unit="days"), "whose creation date is in the last 30 days"),
        (on("updatedAt", "olderThan", 1, unit="months"), "whose last change is more than 1 month ago"),
        (on("data.ends", "withinNext", 2, unit="weeks"), "whose ends is in the next 2 weeks"),
        (on("createdAt", "greaterThan", "2025-06-15"), "whose creation date is after 2025-06-15"),
        (
            on("createdAt", "lessThanOrEqual", "2025-06-15T14:00:00+02:00"),
            "whose creation date is on or before 2025-06-15 12:00 UTC",
        ),
        (
            on("createdAt", "greaterThan", "2025-06-15T10:00:30.120Z"),
            "whose creation date is after 2025-06-15 10:00:30.12 UTC",
        ),
        (on("data.mrr", "greaterThanOrEqual", 9.50), "whose mrr is at least 9.5"),
        (on("data.mrr", "between", [10, 99.5]), "whose mrr is between 10 and 99.5"),
        (on("data.tags", "notIncludesAny", ["vip"]), "whose tags includes none of “vip”"),
        (on("event.buy", "notTriggered"), "who never had the event “buy”"),
        (
            on("email.open", "triggeredWithin", 90, unit="days"),
            "who opened a mail in the last 90 days",
        ),
        (on("email.sent", "triggered"), "who were sent a mail"),
        (on("email.delivery", "triggeredWithin", 1, unit="days"), "who received a mail in the last 1 day"),
        (
            on("email.click", "notTriggeredWithin", 2, unit="weeks"),
            "who did not click a link in a mail in the last 2 weeks",
        ),
        (on("email.bounce", "triggered"), "whose mail bounced"),
        (on("email.complaint", "notTriggered"), "who never marked a mail as spam"),
        (
            on("email.sent", "triggeredOlderThan", 6, unit="weeks"),
            "who were last sent a mail more than 6 weeks ago",
        ),
        (
            on("buy", "triggeredOlderThan", 6, unit="weeks"),
            "who last had the event “buy” more than 6 weeks ago",
        ),
        (on("event.buy", "triggeredCount", 1), "who had the event “buy” at least once"),
        (
            on(
                "event.buy",
                "triggeredCount",
                2,
                comparison="exactly",
                window=1,
                unit="hours",
                where=[
                    {"property": "amount", "operator": "greaterThan", "value": 10},
                    {"property": "sku", "operator": "notIn", "value": ["a"]},
                ],
            ),
            "who had the event “buy” exactly 2 times in the last 1 hour, counting only those "
            "(whose amount is greater than 10 and whose sku is none of “a”)",
        ),
        (on(f"segment.{SEGMENTS[0]}", "memberOfSegment"), "who are in the segment “Friends”"),
        (on(f"segment.{SEGMENTS[1]}", "notMemberOfSegment"), f"who are not in the segment “{SEGMENTS[1]}”"),
    ],
)
def test_a_filter_is_told(vocabulary: Vocabulary, leaf: dict[str, Any], phrase: str) -> None:
    assert told(vocabulary, leaf) == f"Contacts {phrase}."


def group(*keys: str, conditions: Any = None, **members: Any) -> dict[str, Any]:
    nested = {} if conditions is None else {"conditions": conditions}
    return {"filters": [on(f"data.{key}", "exists") for key in keys], **nested, **members}


def any_of(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"logic": "OR", "groups": list(groups)}


def all_of(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"logic": "AND", "groups": list(groups)}


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (all_of(group("a", "b"), group("c")), "A and B and C"),
        (all_of(group("a", conditions=all_of(group("b"), group("c")))), "A and B and C"),
        (any_of(group("a"), group("b")), "A or B"),
        (any_of(group("a", "b"), group("c")), "(A and B) or C"),
        (all_of(group("a", conditions=any_of(group("b"), group("c")))), "A and (B or C)"),
        (any_of(group("a"), group(conditions=any_of(group("b"), group("c")))), "A or B or C"),
        (any_of(group("a", "b")), "A and B"),
        (all_of(group("a"), group("b", **{"not": True})), "A and whose b does not exist"),
        (all_of(group("a", "b", **{"not": True})), "who are not among those (A and B)"),
        (
            all_of(group("a", conditions=any_of(group("b"), group("c")), **{"not": True})),
            "who are not among those (A and (B or C))",
        ),
    ],
)
def test_parentheses_stand_only_where_words_change(vocabulary: Vocabulary, rule: Any, sentence: str) -> None:
    for key in "abc":
        sentence = sentence.replace(key.upper(), f"whose {key} exists")
    assert rule_told(vocabulary, rule) == f"Contacts {sentence}."


def test_one_denied_filter_is_told_by_its_twin_if_it_has_one(vocabulary: Vocabulary) -> None:
    free, recent = on("data.plan", "equals", "free"), on("createdAt", "within", 2, unit="days")
    denied = {"not": True}
    assert told(vocabulary, free, **denied) == "Contacts whose plan is not “free”."
    assert told(vocabulary, {**free, "operator": "notEquals"}, **denied) == "Contacts whose plan is “free”."
    assert told(vocabulary, on("subscribed", "equals", True), **denied) == "Contacts who are not subscribed."
    deep = {"filters": [], "conditions": any_of({"filters": [free]}), **denied}
    assert rule_told(vocabulary, all_of(deep)) == "Contacts whose plan is not “free”."
    assert told(vocabulary, recent, **denied) == (
        "Contacts who are not among those whose creation date is in the last 2 days."
    )


@settings(deadline=None, max_examples=300)
@given(raw=rules)
def test_every_rule_has_a_sentence(vocabulary: Vocabulary, raw: dict[str, Any]) -> None:
    sentence = rule_told(vocabulary, raw)
    assert re.fullmatch(r"Contacts \(*who.+\.", sentence, re.DOTALL)


def test_no_two_operators_tell_the_same(vocabulary: Vocabulary) -> None:
    operands: list[Any] = [*SCALARS, *([each] for each in SCALARS), *([each, each] for each in ODD_TEXTS)]
    places = [
        "data.v",
        "email",
        "subscribed",
        "createdAt",
        "event.buy",
        "email.open",
        f"segment.{SEGMENTS[0]}",
    ]
    rest = [{}, {"unit": "days"}, {"comparison": "atMost"}, {"comparison": "exactly"}]
    by_sentence: dict[str, set[str]] = defaultdict(set)
    for place in places:
        for operator in vocabulary:
            known = _members(vocabulary, operator)
            for operand, members in product(operands, [each for each in rest if each.keys() <= set(known)]):
                sent = {"field": place, "operator": operator.key, "value": operand, **members}
                if sentence := _told_if_valid(vocabulary, sent):
                    by_sentence[sentence].add(operator.key)
    assert {next(iter(keys)) for keys in by_sentence.values()} == set(vocabulary.keys())
    for sentence in ("Contacts who are subscribed.", "Contacts who are not subscribed."):
        assert len(by_sentence.pop(sentence)) == 4, "a subscription is there always, and is one of two"
    assert [keys for keys in by_sentence.values() if len(keys) > 1] == []


def _members(vocabulary: Vocabulary, operator: Operator) -> tuple[str, ...]:
    return vocabulary.positive(operator).members


def _told_if_valid(vocabulary: Vocabulary, sent: dict[str, Any]) -> str | None:
    try:
        return told(vocabulary, sent)
    except InvalidInput:
        return None


class Plugin(Operator):
    """A plugin's, with nothing but a label."""

    kinds = ("data", "event")
    example = {"field": "data.v", "operator": "strange", "value": 1}

    def __init__(self, label: str, operand: fields.Field[Any] | None = None, phrase: str = "") -> None:
        self.key, self.label, self.operand, self.phrase = "strange", label, operand, phrase


@pytest.mark.parametrize(
    ("operator", "phrase"),
    [
        (Plugin("is longer than", fields.Integer()), "whose v is longer than 5"),
        (Plugin("is … long", fields.Integer()), "whose v is 5 long"),
        (Plugin("is {strange}"), "whose v is {strange}"),
        (Plugin("is long", fields.Integer(), "whose {field} has {value} letters"), "whose v has 5 letters"),
    ],
)
def test_an_operator_without_a_phrase_is_told_by_its_label(operator: Operator, phrase: str) -> None:
    opposite = Negation("notStrange", "is not like", of=operator)
    vocabulary = Vocabulary([operator, opposite])
    assert told(vocabulary, on("data.v", "strange", 5)) == f"Contacts {phrase}."
    value = "" if operator.operand is None else " 5"
    assert told(vocabulary, on("data.v", "notStrange", 5)) == f"Contacts whose v is not like{value}."
    assert told(vocabulary, on("event.buy", "notStrange", 5)).startswith(
        "Contacts for whom the event “buy” is"
    )


def test_a_phrase_with_other_braces_is_refused_at_start() -> None:
    with pytest.raises(BadVocabulary, match="the phrase of the operator strange holds"):
        Vocabulary([Plugin("is odd", phrase="whose {field} is {odd}")])
    with pytest.raises(BadVocabulary, match="for events and mail"):
        Vocabulary([Plugin("happened", phrase="{did}")])


def test_all_words_go_through_the_translation(vocabulary: Vocabulary) -> None:
    class Marked(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"<{message}>"

        def ngettext(self, one: str, many: str, number: int) -> str:
            return f"<{one if number == 1 else many}>"

    raw = any_of(group("a"), {"filters": [on("createdAt", "within", 2, unit="days")], "not": True})
    assert rule_told(vocabulary, raw, Marked()) == (
        "<Contacts <whose a exists> <or> <who are not among those "
        "<whose <creation date> is in the last <2 days>>>.>"
    )
