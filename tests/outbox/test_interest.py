"""Who is asked to hear of what."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from plunk import hookimpl
from plunk.accounts.service import rules_edited
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.outbox.interest import interest
from plunk.outbox.topics import matches
from tests.outbox.conftest import Register
from tests.outbox.facts import Listener


@pytest.fixture(autouse=True)
def here(own: Flask) -> Iterator[None]:
    """Everything in the app of the test."""
    yield
    db.session.rollback()


class Choosy(Listener):
    """Wants what it is told to want."""

    def __init__(self, *patterns: Any) -> None:
        super().__init__()
        self.patterns: Any = patterns
        self.asked: list[UUID] = []

    @hookimpl
    def plunk_wanted_topics(self, project_id: UUID) -> Any:
        self.asked.append(project_id)
        if isinstance(self.patterns, Exception):
            raise self.patterns
        return self.patterns


class MembersOnly:
    """Hears of memberships, and of nothing else."""

    @hookimpl
    def plunk_membership_changed(self, fact: Any) -> None:
        """Nothing to do."""


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("signed_up", "signed_up", True),
        ("signed_up", "signed_up2", False),
        ("signed_up", "Signed_Up", False),
        ("*", "", True),
        ("*", "segment.trial.entry", True),
        ("segment.*", "segment.trial.entry", True),
        ("segment.*", "segment", False),
        ("segment.*.exit", "segment.trial.exit", True),
        ("segment.*.exit", "segment.trial.entry", False),
        ("*.exit", "a.b.exit", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*bc*c", "abc", False),
        ("a**b", "ab", True),
        ("*b*", "abc", True),
        ("a.c", "abc", False),
        ("a?c", "abc", False),
        ("[ab]", "a", False),
        ("a*", "a\nb", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_star_stands_for_any_characters_and_all_else_for_itself(
    pattern: str, topic: str, fits: bool
) -> None:
    assert matches(pattern, topic) is fits


def test_patterns_mean_what_the_plain_definition_says() -> None:
    def by_definition(pattern: str, topic: str) -> bool:
        if not pattern:
            return not topic
        if pattern[0] == "*":
            return any(by_definition(pattern[1:], topic[n:]) for n in range(len(topic) + 1))
        return topic[:1] == pattern[0] and by_definition(pattern[1:], topic[1:])

    patterns = ["".join(letters) for n in range(5) for letters in product("ab*", repeat=n)]
    topics = ["".join(letters) for n in range(5) for letters in product("ab", repeat=n)]
    for pattern, topic in product(patterns, topics):
        assert matches(pattern, topic) is by_definition(pattern, topic), (pattern, topic)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    assert not matches("*a" * 100 + "b", "a" * 10_000)


def test_without_wishes_a_listener_hears_of_everything(register: Register, project_id: UUID) -> None:
    name = register(Listener())
    found = interest(project_id, 0)
    assert name in found.listeners("event", "anything.at all")
    assert not found.is_empty("event")


def test_a_listener_hears_of_the_kinds_it_has_hooks_for(register: Register, project_id: UUID) -> None:
    members, events = register(MembersOnly()), register(Listener())
    found = interest(project_id, 0)
    assert members in found.listeners("membership", "segment.trial.entry")
    assert events not in found.listeners("membership", "segment.trial.entry")
    assert members not in found.listeners("event", "bought")


def test_wishes_narrow_what_is_heard(register: Register, project_id: UUID) -> None:
    choosy = Choosy("signed_up", "contact.*")
    name = register(choosy)
    found = interest(project_id, 0)
    assert name in found.listeners("event", "signed_up")
    assert name in found.listeners("event", "contact.created")
    assert name not in found.listeners("event", "bought")
    assert choosy.asked == [project_id]


def test_who_wants_nothing_is_nobody(register: Register, project_id: UUID) -> None:
    name = register(Choosy())
    assert name not in interest(project_id, 0).listeners("event", "bought")


def test_wishes_are_asked_for_once_per_version_of_the_rules(register: Register, project_id: UUID) -> None:
    choosy = Choosy("old")
    name = register(choosy)
    for _ in range(3):
        assert name in interest(project_id, 0).listeners("event", "old")
    choosy.patterns = ("new",)
    assert name in interest(project_id, 1).listeners("event", "new")
    assert name not in interest(project_id, 1).listeners("event", "old")
    assert len(choosy.asked) == 2


def test_wishes_are_the_projects(register: Register, project_id: UUID) -> None:
    class Partial(Choosy):
        @hookimpl
        def plunk_wanted_topics(self, project_id: UUID) -> list[str]:
            return ["*"] if project_id == mine else []

    mine, name = project_id, register(Partial())
    assert name in interest(mine, 0).listeners("event", "bought")
    assert name not in interest(uuid4(), 0).listeners("event", "bought")


def test_within_an_edit_the_wishes_are_those_of_the_edit(register: Register, project_id: UUID) -> None:
    choosy = Choosy("old")
    name = register(choosy)
    interest(project_id, 0)
    with pytest.raises(ZeroDivisionError), transaction():
        rules_edited(project_id)
        choosy.patterns = ("new",)
        assert name in interest(project_id, 1).listeners("event", "new")
        raise ZeroDivisionError
    choosy.patterns = ("old",)
    assert name in interest(project_id, 0).listeners("event", "old")
    assert name in interest(project_id, 1).listeners("event", "old"), "the edit was never committed"


@pytest.mark.parametrize("answer", [ValueError("no idea"), "segment.*", [1], None])
def test_who_fails_to_say_what_it_wants_hears_of_everything_and_is_named(
    answer: Any, register: Register, project_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    choosy = Choosy()
    choosy.patterns = answer
    name = register(choosy)
    assert name in interest(project_id, 0).listeners("event", "bought")
    assert name in caplog.text and "plunk_wanted_topics" in caplog.text


def test_a_wish_that_fails_in_the_database_does_not_spoil_the_write(
    register: Register, project_id: UUID
) -> None:
    class Clumsy(Choosy):
        @hookimpl
        def plunk_wanted_topics(self, project_id: UUID) -> Any:
            return db.session.scalars(text("SELECT nothing FROM nowhere")).all()

    name = register(Clumsy())
    with transaction():
        db.session.execute(text("UPDATE projects SET name = 'written' WHERE id = :id"), {"id": project_id})
        assert name in interest(project_id, 0).listeners("event", "bought")
    assert (
        db.session.scalar(text("SELECT name FROM projects WHERE id = :id"), {"id": project_id}) == "written"
    )


def test_topics_by_the_thousand_are_not_all_kept(
    register: Register, project_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plunk.outbox.interest.MOST_REMEMBERED", 10)
    register(Listener())
    found = interest(project_id, 0)
    for n in range(1_000):
        assert found.listeners("event", f"topic {n}")
    assert len(found._known) <= 10
