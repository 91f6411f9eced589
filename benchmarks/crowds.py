"""People in a project of their own, under some tracked rules, and writes about them that concern every rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import click

from benchmarks import projects
from benchmarks.stage import Stage
from benchmarks.tracked_rules import EVENT, HIGH, LOW, concerned, person
from plunk.accounts.service import rules_version
from plunk.contacts.data import DataWrite
from plunk.contacts.upsert import ContactWrite, Written, upsert, upsert_many
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.events.recording import NewEvent
from plunk.facts import ContactChange, StoredEvent
from plunk.segments.rulebook import Rulebook, rulebook


@dataclass
class Crowd:
    """`rules` tracked rules, which all flip at each write, or none does."""

    project_id: UUID
    people: dict[str, dict[str, Any]]
    rules: int
    flips: bool
    writes: int = 0
    told_before: int = 0
    scores: dict[str, int] = field(default_factory=dict)

    def write_one(self) -> None:
        """The next person, in a transaction as a request has it."""
        email = list(self.people)[self.writes % len(self.people)]
        with transaction():
            upsert(self.project_id, self._write(email), projects.ORIGIN)
        db.session.remove()

    def write_all(self) -> list[Written]:
        """Everybody in one transaction."""
        writes = [self._write(email) for email in self.people]
        with transaction():
            written = upsert_many(self.project_id, writes, projects.ORIGIN)
        db.session.remove()
        return written

    def change_of(self, written: Written) -> ContactChange:
        """What the engine is told of a write."""
        assert written.event_id and written.event_at
        event = StoredEvent(written.event_id, EVENT, {}, written.event_at)
        keys = next(iter(self.people.values()))
        fields = frozenset({"updatedAt", "data.score", *(f"data.{key}" for key in keys)})
        return ContactChange(written.contact_id, fields=fields, events=(event,))

    def book(self) -> Rulebook:
        found = rulebook(self.project_id, rules_version(self.project_id))
        db.session.remove()
        return found

    def check(self) -> None:
        """Raises unless every rule was concerned by every write, and all of them flipped, or none."""
        told = projects.changes_told(self.project_id) - self.told_before
        wanted = self.writes * self.rules if self.flips else 0
        if told != wanted:
            raise click.ClickException(
                f"{self.writes:,} writes made {told:,} entries and exits, not {wanted:,}"
            )
        for place in self.write_all()[:1]:
            found = len(self.book().concerned_by(self.change_of(place)))
            if found != self.rules:
                raise click.ClickException(f"The writes concern {found} rules, not {self.rules}")

    def _write(self, email: str) -> ContactWrite:
        score = self.scores[email] = LOW if self.scores.get(email) == HIGH else HIGH
        self.writes += 1
        return ContactWrite(email, DataWrite({**self.people[email], "score": score}), event=NewEvent(EVENT))


@contextmanager
def crowd(stage: Stage, rules: int, *, flips: bool, people: int) -> Iterator[Crowd]:
    """Makes it, and takes it away. Everybody is below the limit at first, out of all rules that flip."""
    today = stage.seeded_at.date()
    data = person(today)
    everybody = {f"person{number}@crowd.example": data for number in range(people)}
    with projects.own_project(
        f"{rules} rules", {each: {**data, "score": LOW} for each in everybody}
    ) as project_id:
        create = partial(projects.create, project_id)
        projects.track(project_id, concerned(rules, today, flips=flips, create=create))
        yield Crowd(project_id, everybody, rules, flips, told_before=projects.changes_told(project_id))
