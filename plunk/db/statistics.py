"""What PostgreSQL knows of a table when it plans."""

from __future__ import annotations

from sqlalchemy import text

from plunk.db.base import Base, db

MANY = 10_000
"""From so many new rows on it is worth looking anew at once."""


def look_anew(*tables: type[Base]) -> None:
    """Much has come into these tables. By itself PostgreSQL looks again after a minute or so, and until then takes them
    for as small as they were: pages that join them would be slow. A sample is read; nobody waits for it."""
    names = ", ".join(each.__tablename__ for each in tables)
    db.session.execute(text(f"ANALYZE {names}"))
