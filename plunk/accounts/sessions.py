"""Who is signed in: a row per browser, found by the SHA-256 of its cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update

from plunk.accounts.people import User, UserSession
from plunk.accounts.tokens import digest, new_token
from plunk.clock import sql_now
from plunk.config import settings
from plunk.db.base import db, new_id
from plunk.db.session import rows_changed

_SEEN_EVERY = timedelta(minutes=1)
_AGENT_LENGTH = 300


@dataclass(frozen=True)
class SignedIn:
    """The person behind a request. `is_stale`: `seen_at` is due for an update."""

    session_id: UUID
    user: User
    is_stale: bool


def begin(user_id: UUID, *, agent: str, ip: str) -> str:
    """A new session; the answer goes into the cookie and cannot be read again."""
    token = new_token()
    row = UserSession(
        id=new_id(), user_id=user_id, token_hash=digest(token), agent=agent[:_AGENT_LENGTH], ip=ip
    )
    db.session.add(row)
    db.session.flush()
    return token


def find(token: str) -> SignedIn | None:
    """Who holds this cookie, unless the session has ended by itself."""
    found = db.session.execute(
        select(UserSession.id, User, UserSession.seen_at < sql_now() - _SEEN_EVERY)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == digest(token), _is_alive())
    ).first()
    return SignedIn(*found) if found else None


def seen(session_id: UUID) -> None:
    """Puts off the end of an idle session."""
    rows_changed(update(UserSession).where(UserSession.id == session_id).values(seen_at=sql_now()))


def renew(session_id: UUID) -> str:
    """A new cookie for a session that goes on: whoever has the old one is signed out."""
    token = new_token()
    rows_changed(update(UserSession).where(UserSession.id == session_id).values(token_hash=digest(token)))
    return token


def list_sessions(user_id: UUID) -> list[UserSession]:
    """Those that are alive, the one last seen first."""
    return list(
        db.session.scalars(
            select(UserSession)
            .where(UserSession.user_id == user_id, _is_alive())
            .order_by(UserSession.seen_at.desc(), UserSession.id)
        )
    )


def end(user_id: UUID, session_id: UUID) -> bool:
    """Signs one browser of this person out; False if it was not signed in."""
    mine = and_(UserSession.user_id == user_id, UserSession.id == session_id)
    return rows_changed(delete(UserSession).where(mine)) == 1


def end_all(user_id: UUID, *, but: UUID | None = None) -> int:
    """Signs all browsers of this person out, except one; how many."""
    ended = delete(UserSession).where(UserSession.user_id == user_id)
    return rows_changed(ended if but is None else ended.where(UserSession.id != but))


def forget_ended() -> int:
    """Removes what has ended by itself."""
    return rows_changed(delete(UserSession).where(~_is_alive()))


def _is_alive() -> ColumnElement[bool]:
    now = sql_now()
    return and_(
        UserSession.seen_at > now - timedelta(hours=settings().session_idle_hours),
        UserSession.created_at > now - timedelta(days=settings().session_days),
    )
