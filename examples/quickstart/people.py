"""The people of a CSV file, with typed cells, and what they did: made up, but the same for an address each time."""

from __future__ import annotations

import csv
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from plunk_api import Trouble

BOUGHT, VISITED = "bought", "visited"
NEEDED = ("email", "plan", "mrr", "active", "trialEndsAt", "country", "company")
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")


@dataclass
class Person:
    """A contact as the file has it, and what plunk said about it."""

    email: str
    data: dict[str, Any]
    id: str = ""
    is_new: bool = True
    created_at: datetime = datetime.min.replace(tzinfo=UTC)
    bought_at: list[datetime] = field(default_factory=list)


def read_people(path: Path) -> list[Person]:
    """The rows of the file with typed cells; the last row of an address wins."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            header = list(rows.fieldnames or [])
            if missing := [name for name in NEEDED if name not in header]:
                raise Trouble(f"{path} lacks the columns {', '.join(missing)}. Name another file with --csv.")
            columns = [name for name in header if name != "email"]
            cells = [{name: row[name] or "" for name in ("email", *columns)} for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise Trouble(f"{path} cannot be read as CSV in UTF-8: {problem}") from None
    typed = {name: typer([row[name] for row in cells]) for name in columns}
    people: dict[str, Person] = {}
    for row in cells:
        data = {name: typed[name](row[name]) for name in columns}
        email = unicodedata.normalize("NFC", row["email"].strip())
        people[email.lower()] = Person(email, {**data, "quickstart": path.name})
    if not people:
        raise Trouble(f"{path} holds no contacts. Name another file with --csv.")
    return list(people.values())


def typer(cells: list[str]) -> Callable[[str], Any]:
    """How the cells of a column become JSON. A column of codes, such as 00037, stays text."""
    filled = [cell for cell in cells if cell]
    if filled and all(NUMBER.fullmatch(cell) for cell in filled):
        # null, so that a value of an earlier run goes.
        return lambda cell: (float(cell) if "." in cell else int(cell)) if cell else None
    if filled and all(cell in ("true", "false") for cell in filled):
        return lambda cell: cell == "true" if cell else None
    return lambda cell: cell or None


def history(person: Person, visits: int) -> Iterator[dict[str, Any]]:
    """What a person did in the last three months: made up, but the same for an address each time."""
    chance = random.Random(person.email.lower())
    now = datetime.now(UTC).replace(microsecond=0)
    for _ in range(chance.choice([0, 0, 1, 1, 2, 3, 4])):
        moment = now - timedelta(days=chance.randrange(90), hours=chance.randrange(1, 23))
        person.bought_at.append(moment)
        data = {"amount": {"value": chance.randrange(5, 500), "persistent": False}}
        yield {"email": person.email, "event": BOUGHT, "timestamp": moment.isoformat(), "data": data}
    for _ in range(visits):
        moment = now - timedelta(minutes=chance.randrange(90 * 24 * 60))
        yield {"email": person.email, "event": VISITED, "timestamp": moment.isoformat()}
