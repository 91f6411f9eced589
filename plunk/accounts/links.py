"""Links that work once: to make the first user, and to choose a password."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from plunk.accounts.errors import LinkNotFound
from plunk.accounts.people import User, UserLink
from plunk.accounts.tokens import digest, new_token
from plunk.clock import now, sql_now
from plunk.db.base import db, new_id
from plunk.db.session import rows_changed

SETUP_LASTS = timedelta(days=1)
PASSWORD_LASTS = timedelta(days=3)


def setup_token() -> str:
    """A link for the first user; the one given out before stops working."""
    rows_changed(delete(UserLink).where(UserLink.purpose == "setup"))
    return _make("setup", None, SETUP_LASTS, None)


def password_token(user: User, *, link_id: UUID | None = None) -> str:
    """A link by which this person chooses a password, under an id of the caller's own if there is one; former links
    stop working."""
    forget(user.id)
    return _make("password", user.id, PASSWORD_LASTS, link_id)


def look_at_setup(token: str) -> None:
    """Raises LinkNotFound unless it can be used."""
    if db.session.scalar(select(UserLink.id).where(*_usable("setup", token))) is None:
        raise LinkNotFound


def look_at_password(token: str) -> User:
    """Whose link it is; raises LinkNotFound."""
    found = db.session.scalar(select(User).join(UserLink).where(*_usable("password", token)))
    if found is None:
        raise LinkNotFound
    return found


def use(purpose: str, token: str) -> UUID | None:
    """Takes the link, once: the user it is for. Raises LinkNotFound, also for whoever comes second."""
    taken = db.session.execute(
        delete(UserLink).where(*_usable(purpose, token)).returning(UserLink.user_id)
    ).first()
    if taken is None:
        raise LinkNotFound
    user_id: UUID | None = taken.user_id
    return user_id


def forget(user_id: UUID) -> None:
    """This person's links stop working."""
    rows_changed(delete(UserLink).where(UserLink.user_id == user_id))


def forget_old() -> int:
    """Removes links whose time has passed."""
    return rows_changed(delete(UserLink).where(UserLink.expires_at < sql_now()))


def _make(purpose: str, user_id: UUID | None, lasts: timedelta, link_id: UUID | None) -> str:
    token = new_token()
    row = UserLink(
        id=link_id or new_id(),
        purpose=purpose,
        user_id=user_id,
        token_hash=digest(token),
        expires_at=now() + lasts,
    )
    db.session.add(row)
    db.session.flush()
    return token


def _usable(purpose: str, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        UserLink.purpose == purpose,
        UserLink.token_hash == digest(token),
        UserLink.expires_at > sql_now(),
    )
