"""Search by a part of the address, from terms that half of the contacts have to terms that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import click

from benchmarks.measuring import Row, in_turns, row
from benchmarks.population import NO_ROW, ONE_IN_10_000, ONE_ROW, SHARES
from benchmarks.stage import Stage
from benchmarks.statements import Connection, answer, explained, sent_by
from benchmarks.typical_rules import MINE, PAGE
from plunk.contacts import listing
from plunk.db.base import db

AIM = 1.5
LIMIT = 20
_MATCH = "c.email LIKE %(pattern)s"
_PAGE = f"{PAGE} WHERE {MINE} AND {_MATCH} ORDER BY c.created_at DESC, c.id DESC LIMIT {LIMIT + 1}"
_COUNT = f"SELECT count(*) FROM contacts AS c WHERE {MINE} AND {_MATCH}"


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """For each term the page, the count, and `GET /contacts?search=` below HTTP, which asks for both."""
    with stage.connect() as connection:
        for term in (*SHARES, ONE_IN_10_000, ONE_ROW, NO_ROW):
            yield from _measured(stage, connection, term, explains=explains)


def _measured(stage: Stage, connection: Connection, term: str, *, explains: bool) -> Iterator[Row]:
    given = {"project": stage.project_id, "pattern": f"%{term}%"}

    def both_floors() -> tuple[list[str], int]:
        rows = connection.execute(_PAGE, given).fetchall()
        ((total,),) = answer(connection, _COUNT, given)
        return [str(each[0]) for each in rows[:LIMIT]], total

    def ours() -> tuple[list[str], int]:
        page = listing.list_contacts(stage.project_id, limit=LIMIT, search=term)
        db.session.rollback()
        return [str(each.id) for each in page["data"]], page["total"]

    floor = both_floors()
    if floor != ours():
        raise click.ClickException(f"search {term}: the floor finds {floor[1]}, ours {ours()[1]}")
    page, count = sent_by(ours)
    for what, sql, sent in (("page", _PAGE, page), ("count", _COUNT, count)):
        if explains:
            click.echo(f"\n== search {term}: {what}\n{explained(connection, sql, given)}", err=True)
            click.echo(f"-- ours\n{sent.sql}\n{explained(connection, sent.sql, sent.params)}", err=True)
        taken = in_turns(
            {"floor": partial(answer, connection, sql, given), "ours": partial(answer, connection, *sent)}
        )
        yield row(f"search: {what}, our SQL", term, taken, aim=AIM, note=f"{floor[1]:,}")

    def both_statements() -> None:
        for sent in (page, count):
            answer(connection, *sent)

    taken = in_turns({"floor": both_floors, "statement": both_statements, "ours": ours})
    yield row("search: both", term, taken, aim=AIM, note=f"{floor[1]:,}")
