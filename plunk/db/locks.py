"""Advisory locks, for the length of the transaction (a connection pooler may stand in between)."""

from __future__ import annotations

import random
import time
from hashlib import blake2b

from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.exc import DBAPIError

from plunk.db.base import db

LOCK_NOT_AVAILABLE = "55P03"
_SHORT_WAIT = text("SET LOCAL lock_timeout = '250ms'")
_USUAL_WAIT = text("SET LOCAL lock_timeout TO DEFAULT")


def lock(*name: object) -> None:
    """Waits for the lock of that name; it goes with the transaction."""
    db.session.execute(select(func.pg_advisory_xact_lock(bindparam("key", number(*name), BigInteger))))


def lock_alone(*name: object, within: float = 10.0) -> None:
    """Takes a lock that many others share, in small tries: who waits for it keeps new sharers out, so nobody waits
    long at a time. The last try waits as long as any lock may be waited for, and raises what that raises."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            with db.session.begin_nested():
                db.session.execute(_SHORT_WAIT)
                lock(*name)
                db.session.execute(_USUAL_WAIT)
            return
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
        time.sleep(random.uniform(0.02, 0.1))
    lock(*name)


def try_lock(*name: object) -> bool:
    """Takes the lock if nobody has it."""
    return bool(
        db.session.scalar(select(func.pg_try_advisory_xact_lock(bindparam("key", number(*name), BigInteger))))
    )


def number(*name: object) -> int:
    """The 64-bit number that stands for a lock's name."""
    text = "\x00".join(str(part) for part in name)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
