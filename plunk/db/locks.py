"""Advisory locks, for the length of the transaction (a connection pooler may stand in between)."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import BigInteger, bindparam, func, select

from plunk.db.base import db


def lock(*name: object) -> None:
    """Waits for the lock of that name; it goes with the transaction."""
    db.session.execute(select(func.pg_advisory_xact_lock(bindparam("key", number(*name), BigInteger))))


def try_lock(*name: object) -> bool:
    """Takes the lock if nobody has it."""
    return bool(
        db.session.scalar(select(func.pg_try_advisory_xact_lock(bindparam("key", number(*name), BigInteger))))
    )


def number(*name: object) -> int:
    """The 64-bit number that stands for a lock's name."""
    text = "\x00".join(str(part) for part in name)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
