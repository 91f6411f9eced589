"""Built-in operators, one of each sort, keep the promises that plugins' operators are held to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.testing.contacts import NOW

OPERATORS = {each.key: each for each in plunk_filter_operators()}
SOME = (
    "equals",
    "notContains",
    "greaterThan",
    "isEmpty",
    "includesAny",
    "within",
    "notTriggeredWithin",
    "memberOfSegment",
)
PURCHASES = tuple((NOW - timedelta(days=day), {"amount": 100}) for day in range(3))


@pytest.mark.parametrize("key", SOME)
def test_a_built_in_operator_is_sound(check_operator: Callable[..., None], key: str) -> None:
    operator = OPERATORS[key]
    check_operator(operator, beside=[OPERATORS[operator.negates]] if operator.negates else [])


def test_events_that_must_match_are_given_as_moments_with_data(check_operator: Callable[..., None]) -> None:
    check_operator(OPERATORS["triggeredCount"], matching=[PURCHASES], others=[PURCHASES[:1], ()])
