"""Both faces side by side: a real database, and the same contacts as profiles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from plunk.filters.operators.builtin import plunk_filter_operators
from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import Bench


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
