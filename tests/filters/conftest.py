"""Both faces side by side: a real database, and the same contacts as profiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import SEGMENTS, Bench
from tests.filters.odd_values import EVENT_NAMES, ODD_VALUES
from tests.filters.random_rules import MOMENTS


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, connect_args={"options": "-c timezone=UTC"})
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(plunk_filter_operators())


@pytest.fixture
def bench(engine: Engine, vocabulary: Vocabulary) -> Iterator[Bench]:
    """Empty tables, gone again after the test."""
    with engine.connect() as connection:
        yield Bench(connection, vocabulary)
        connection.rollback()


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
