"""People: making, finding and changing them. Addresses come in normalised."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from plunk.accounts import passwords
from plunk.accounts.errors import UserExists, UserNotFound
from plunk.accounts.people import User
from plunk.db.base import db, new_id


def create_user(email: str, *, password: str | None = None) -> User:
    """A new person; without a password they need a link to choose one. Raises UserExists, InvalidInput."""
    values = {
        "id": new_id(),
        "email": email,
        "password_hash": passwords.hashed(password) if password is not None else None,
    }
    statement = insert(User).values(values).on_conflict_do_nothing(index_elements=["email"])
    user: User | None = db.session.scalar(statement.returning(User))
    if user is None:
        raise UserExists(f"There is a user with the address {email} already")
    return user


def any_user() -> bool:
    """Whether there is a user at all."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def list_users() -> list[User]:
    """All, oldest first."""
    return list(db.session.scalars(select(User).order_by(User.id)))


def find_user(email: str) -> User | None:
    """By address."""
    return db.session.scalar(select(User).where(User.email == email))


def get_user(user_id: UUID) -> User:
    """Raises UserNotFound."""
    user = db.session.get(User, user_id)
    if user is None:
        raise UserNotFound("There is no such user")
    return user


def locked_password_hash(user_id: UUID) -> str | None:
    """As it is now; nobody changes it before this transaction ends."""
    return db.session.scalar(select(User.password_hash).where(User.id == user_id).with_for_update())


def set_password(user: User, password: str) -> None:
    """Raises InvalidInput. Sessions are the caller's to end."""
    user.password_hash = passwords.hashed(password)
    db.session.flush()


def set_locale(user: User, locale: str) -> None:
    """The language of the dashboard for this person; empty: what their browser asks for."""
    user.locale = locale
    db.session.flush()
