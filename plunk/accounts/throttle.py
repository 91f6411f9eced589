"""How often somebody may try to sign in.

Tries are counted before the password is looked at, so that guessing many at once gains nothing. Three counts, because
one alone would either let a botnet guess or let a stranger lock somebody out: by address and account together, by
address, by account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from sqlalchemy import case, delete, func
from sqlalchemy.dialects.postgresql import insert

from plunk.accounts.errors import TooManyTries
from plunk.accounts.people import LoginTries
from plunk.clock import sql_now
from plunk.config import settings
from plunk.db.base import db
from plunk.db.session import rows_changed

WINDOW = timedelta(minutes=15)
_ADDRESS, _ACCOUNT = 10, 20
"""How many times as many tries an address, or an account, has as one address has for one account."""


@dataclass(frozen=True)
class _Subject:
    key: str
    limit: int


def count(email: str, ip: str) -> None:
    """Counts a try; raises TooManyTries once there were too many. Commit it before the password is checked."""
    wait = max(_seconds_to_wait(each) for each in sorted(_subjects(email, ip), key=lambda each: each.key))
    if wait:
        raise TooManyTries(wait)


def forget(email: str, ip: str) -> None:
    """After a success: the account's counts begin anew, the address's does not."""
    keys = [each.key for each in _subjects(email, ip) if not each.key.startswith("address:")]
    rows_changed(delete(LoginTries).where(LoginTries.subject.in_(keys)))


def forget_old() -> int:
    """Removes counts whose time has passed."""
    return rows_changed(delete(LoginTries).where(LoginTries.since < sql_now() - WINDOW))


def _subjects(email: str, ip: str) -> list[_Subject]:
    limit = settings().login_tries
    network = _network(ip)
    account = sha256(email.encode("utf-8", "replace")).hexdigest()
    return [
        _Subject(f"both:{account}:{network}", limit),
        _Subject(f"address:{network}", limit * _ADDRESS),
        _Subject(f"account:{account}", limit * _ACCOUNT),
    ]


def _seconds_to_wait(subject: _Subject) -> int:
    """Counts, and answers 0 while the subject is within its limit."""
    now = sql_now()
    is_over = LoginTries.since < now - WINDOW
    fresh = insert(LoginTries).values(subject=subject.key, tries=1, since=now)
    statement = fresh.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "tries": case((is_over, 1), else_=LoginTries.tries + 1),
            "since": case((is_over, now), else_=LoginTries.since),
        },
    ).returning(LoginTries.tries, func.extract("epoch", LoginTries.since + WINDOW - now))
    tries, left = db.session.execute(statement).one()
    return 0 if tries <= subject.limit else max(1, int(left) + 1)


def _network(ip: str) -> str:
    """The address; of IPv6 the network, which one customer has to themselves."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)
