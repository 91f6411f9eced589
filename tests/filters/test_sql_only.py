"""Operators that a plugin brought without a Python face: SQL answers them, also for one contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, func

from plunk.filters.evaluate import NeedsSql, compile_flips, compile_predicate, leaves_for_sql, trace
from plunk.filters.fields import Kind
from plunk.filters.json_target import DataTarget
from plunk.filters.nodes import Condition, Filter, alone
from plunk.filters.operator import Negation, Operator
from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.profile import Profile
from plunk.filters.targets import Target
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import NOW, Bench, one_filter

DAY = timedelta(days=1)


class LongerThan(Operator):
    """Text of more characters than its operand has; the operand is loaded as a list, which nothing can hash."""

    key, label, kinds = "longerThan", "is longer than", (Kind.DATA,)
    example = {"field": "data.x", "operator": "longerThan", "value": "…"}

    def load(self, given: Any) -> list[str]:
        return list(given.get("value"))

    def sql(self, target: DataTarget, value: list[str]) -> ColumnElement[bool]:
        return func.char_length(target.text()) > len(value)


class Yesterday(Operator):
    """At most a day ago."""

    key, label, kinds = "yesterday", "is a day ago", (Kind.DATE, Kind.DATA)
    example = {"field": "createdAt", "operator": "yesterday"}

    def sql(self, target: Target, value: None) -> ColumnElement[bool]:
        return target.falls(after=target.now - DAY, until=target.now)

    def mentions_time(self, value: None) -> bool:
        return True

    def flips_at_sql(self, target: Target, value: None) -> ColumnElement[datetime]:
        return target.next_edge([timedelta(0), DAY])


longer = LongerThan()
LONG = {"field": "data.name", "operator": "longerThan", "value": "abc"}
RECENT = {"field": "createdAt", "operator": "yesterday"}
COUNT = {"field": "event.visit", "operator": "triggeredCount", "value": 1}
RULES: list[dict[str, Any]] = [
    one_filter(**LONG),
    one_filter(**{**LONG, "operator": "notLongerThan"}),
    one_filter(**RECENT),
    one_filter(**COUNT, where=[{"property": "page", "operator": "longerThan", "value": "x"}]),
    one_filter(**COUNT, where=[{"property": "at", "operator": "yesterday"}]),
    {
        "logic": "AND",
        "groups": [{"filters": [LONG, {**LONG, "value": "abcdef"}], "not": True}, {"filters": [RECENT]}],
    },
    {
        "logic": "OR",
        "groups": [{"filters": [RECENT, LONG]}, {"filters": [{"field": "data.name", "operator": "isEmpty"}]}],
    },
]


@pytest.fixture
def visitors(bench: Bench) -> Bench:
    bench.vocabulary = Vocabulary(
        [*plunk_filter_operators(), longer, Negation("notLongerThan", "…", of=longer), Yesterday()]
    )
    visit = {"page": "home", "at": (NOW - timedelta(hours=1)).isoformat()}
    bench.add("ann", data={"name": "Annika"}, events=[("visit", NOW, visit)])
    bench.add("bob", data={"name": "Bob"}, created_at=NOW - DAY, events=[("visit", NOW, {"page": "x"})])
    bench.add("eve", created_at=NOW + DAY)
    return bench


def informed(bench: Bench, condition: Condition) -> dict[str, Profile]:
    """The profiles, by name, with what SQL says of the filters that only it can answer."""
    leaves = leaves_for_sql(condition)
    members = bench.by_sql(*map(alone, leaves))
    flips = bench.flips_by_sql(*map(alone, leaves))
    found = {}
    for contact_id, profile in bench.profiles.items():
        name = bench.names[contact_id]
        answers = {leaf: name in who for leaf, who in zip(leaves, members, strict=True)}
        moments = {leaf: when[name] for leaf, when in zip(leaves, flips, strict=True) if leaf.mentions_time}
        found[name] = replace(profile, sql_answers=answers, sql_flips=moments)
    return found


@pytest.mark.parametrize("raw", RULES, ids=range(len(RULES)))
def test_a_contact_is_judged_with_sqls_answers(visitors: Bench, raw: dict[str, Any]) -> None:
    condition = visitors.parse(raw)
    profiles, matches, flips_at = (
        informed(visitors, condition),
        compile_predicate(condition),
        compile_flips(condition),
    )
    [members], [flips] = visitors.by_sql(condition), visitors.flips_by_sql(condition)
    assert {name for name, profile in profiles.items() if matches(profile, NOW)} == members
    assert {name: flips_at and flips_at(profile, NOW) for name, profile in profiles.items()} == flips
    assert {
        name for name, profile in profiles.items() if trace(condition, profile, NOW)["matches"]
    } == members


def test_two_filters_that_say_the_same_are_two_keys(visitors: Bench) -> None:
    condition = visitors.parse({"logic": "AND", "groups": [{"filters": [LONG, LONG]}]})
    first, second = leaves_for_sql(condition)
    assert first != second
    assert {first: True, second: False}[first] is True


@pytest.mark.parametrize("raw", RULES, ids=range(len(RULES)))
def test_a_missing_answer_is_not_guessed(visitors: Bench, raw: dict[str, Any]) -> None:
    condition = visitors.parse(raw)
    [ann, *_] = visitors.profiles.values()
    with pytest.raises(NeedsSql, match=r"longerThan|yesterday"):
        compile_predicate(condition)(ann, NOW)
    with pytest.raises(NeedsSql, match=r"longerThan|yesterday"):
        trace(condition, ann, NOW)
    flips_at = compile_flips(condition)
    if flips_at is not None:
        with pytest.raises(NeedsSql, match="yesterday"):
            flips_at(ann, NOW)


def test_explaining_asks_sql_filter_by_filter(visitors: Bench) -> None:
    condition = visitors.parse(RULES[5])
    [ann, *_] = visitors.profiles.values()
    asked: list[Filter] = []

    def ask(leaf: Filter) -> bool:
        asked.append(leaf)
        return leaf.raw is not LONG

    assert trace(condition, ann, NOW, ask_sql=ask)["matches"] is True
    assert asked == list(condition.filters())


def test_rules_that_python_answers_have_nothing_for_sql(visitors: Bench) -> None:
    assert leaves_for_sql(visitors.parse(one_filter(field="data.name", operator="exists"))) == ()
