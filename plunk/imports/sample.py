"""Sample data: a CSV file of invented people, for those who want to look around before they have contacts.

It goes through the import like any other file. All addresses are at example.com, .net and .org, which reach nobody.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from plunk.contacts.cells import write_cell
from plunk.imports.sample_people import COMPANIES, REGIONS, TAGS, Region

PEOPLE, SEED = 500, 7
COLUMNS = (
    "email",
    "subscribed",
    "name",
    "company",
    "plan",
    "country",
    "city",
    "signedUpAt",
    "lastSeenAt",
    "trialEndsAt",
    "seats",
    "mrr",
    "active",
    "tags",
)
PLANS = {"trial": 2, "free": 5, "starter": 3, "pro": 3, "enterprise": 1}
PRICES = {"starter": 9.5, "pro": 29.0, "enterprise": 79.9}
"""A seat, a month."""
LONGEST_AGO, TRIAL = 730, 30


def sample_csv(today: date, *, people: int = PEOPLE, seed: int = SEED) -> Iterator[bytes]:
    """A CSV file in UTF-8, line by line: the header and so many people. The same `today` and `seed` give the same file;
    dates lie around `today`, so that rules on time have somebody to find."""
    chance, taken = Random(seed), set[str]()
    yield _line(COLUMNS)
    for _ in range(people):
        person = _person(chance, today, taken)
        yield _line([write_cell(person.get(column)) for column in COLUMNS])


def _person(chance: Random, today: date, taken: set[str]) -> dict[str, Any]:
    """What is None stays empty, as in real files."""
    region = chance.choices(REGIONS, [each.weight for each in REGIONS])[0]
    name, address = _name(chance, region, taken)
    country, city = chance.choice(region.places)
    plan = chance.choices(list(PLANS), list(PLANS.values()))[0]
    seats = chance.choice((1, 1, 2, 3, 5, 8, 12, 40)) if plan in PRICES else None
    days_ago = int(chance.random() ** 2 * (TRIAL if plan == "trial" else LONGEST_AGO))
    signed_up = today - timedelta(days=days_ago)
    return {
        "email": address,
        "subscribed": chance.random() < 0.92,
        "name": name,
        "company": chance.choice(COMPANIES + region.companies * 3)
        if plan in PRICES or chance.random() < 0.2
        else None,
        "plan": plan,
        "country": country,
        "city": city if chance.random() < 0.9 else None,
        "signedUpAt": signed_up.isoformat(),
        "lastSeenAt": _seen(chance, signed_up, today),
        "trialEndsAt": (signed_up + timedelta(days=TRIAL)).isoformat() if plan == "trial" else None,
        "seats": seats,
        "mrr": None if seats is None else round(seats * PRICES[plan], 2),
        "active": chance.random() < 0.7,
        "tags": sorted(chance.sample(TAGS, chance.choice((1, 1, 2, 3)))) if chance.random() < 0.6 else None,
    }


def _name(chance: Random, region: Region, taken: set[str]) -> tuple[str, str]:
    """A name, and an address that nobody in the file has yet."""
    given, family = chance.choice(region.given), chance.choice(region.family)
    parts = (family[0], given[0]) if region.is_family_first else (given[0], family[0])
    begins, number = f"{given[1]}.{family[1]}", 2
    local = begins
    while local in taken:
        local, number = f"{begins}{number}", number + 1
    taken.add(local)
    return region.joint.join(parts), f"{local}@example.{chance.choice(('com', 'com', 'net', 'org'))}"


def _seen(chance: Random, signed_up: date, today: date) -> str | None:
    """A moment since then and before today, most likely a late one; nobody is seen on the day they sign up today."""
    days = (today - signed_up).days
    if not days:
        return None
    since = int(chance.random() ** 3 * days)
    at = datetime.combine(
        today - timedelta(days=since + 1), time(chance.randrange(24), chance.randrange(60)), UTC
    )
    return at.isoformat().replace("+00:00", "Z")


def _line(cells: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
