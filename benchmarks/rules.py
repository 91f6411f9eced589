"""Counts and first pages of typical rules, from the JSON of the rule to the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from benchmarks.measuring import FEWEST, Row, in_turns, row
from benchmarks.stage import Stage
from benchmarks.statements import Connection, answer, explained, sent_by
from benchmarks.typical_rules import TypicalRule, typical_rules
from plunk.contacts import listing
from plunk.db.base import db
from plunk.segments import counting, rules

COUNT_AIM, PAGE_AIM = 1.3, 1.5
PAGE_SIZE = 20
ATTEMPTS = 5


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """A row for the count and one for the first page of each rule. Raises if the answers differ."""
    with stage.connect() as connection:
        for rule in typical_rules(stage.seeded_at.date()):
            count = _Question(
                stage, connection, rule.count, lambda where: [tuple(counting.count(where))], rule
            )
            yield _measured("count", count, COUNT_AIM, explains=explains)
            page = _Question(
                stage,
                connection,
                rule.page,
                lambda where: [tuple(each) for each in listing.newest(where, limit=PAGE_SIZE)],
                rule,
            )
            yield _measured("first page", page, PAGE_AIM, explains=explains)


class _Question:
    """One question, with the floor's way and ours to its answer."""

    def __init__(
        self,
        stage: Stage,
        connection: Connection,
        floors: Sequence[str],
        service: Callable[[Any], list[Any]],
        rule: TypicalRule,
    ) -> None:
        self.name, self.connection, self.service, self.condition = (
            rule.name,
            connection,
            service,
            rule.condition,
        )
        self.project_id = stage.project_id
        self.floor_sql = min(floors, key=self._time_of) if len(floors) > 1 else floors[0]

    def floor(self) -> list[Any]:
        return answer(self.connection, self.floor_sql, {"project": self.project_id})

    def _time_of(self, sql: str) -> float:
        ways = {"floor": lambda: answer(self.connection, sql, {"project": self.project_id})}
        return in_turns(ways, warm_up=1, most=FEWEST)["floor"]

    def ours(self) -> list[Any]:
        rule = rules.parse(self.project_id, self.condition)
        rows = self.service(rules.matching(self.project_id, rule.condition))
        db.session.rollback()
        return rows

    def check(self) -> int:
        """Raises unless both answer alike (time may pass between the two, hence the attempts)."""
        for _ in range(ATTEMPTS):
            floor, ours = self.floor(), self.ours()
            if floor == ours:
                return int(floor[0][0]) if len(floor) == 1 and isinstance(floor[0][0], int) else len(floor)
        raise click.ClickException(f"{self.name}: the floor answers {floor[:2]}, ours is {ours[:2]}")


def _measured(what: str, question: _Question, aim: float, *, explains: bool) -> Row:
    found = question.check()
    (sent,) = sent_by(question.ours)
    if explains:
        _explain(question, what, sent.sql, sent.params)
    taken = in_turns(
        {
            "floor": question.floor,
            "statement": lambda: answer(question.connection, sent.sql, sent.params),
            "ours": question.ours,
        }
    )
    return row(f"rule: {what}", question.name, taken, aim=aim, note=f"{found:,}")


def _explain(question: _Question, what: str, sql: str, params: Any) -> None:
    floor = explained(question.connection, question.floor_sql, {"project": question.project_id})
    ours = explained(question.connection, sql, params)
    click.echo(f"\n== {question.name}: {what}\n-- floor\n{floor}\n-- ours\n{sql}\n{ours}", err=True)
