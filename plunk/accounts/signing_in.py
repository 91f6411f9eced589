"""The ways in: address and password, the first start, a one-time link."""

from __future__ import annotations

from uuid import UUID

from plunk.accounts import audit, links, members, passwords, service, sessions, throttle, users
from plunk.accounts.audit import Actor
from plunk.accounts.errors import LinkNotFound, WrongPassword
from plunk.accounts.people import User
from plunk.db.locks import lock

FIRST_PROJECT = "My project"


def check_password(email: str, password: str) -> User:
    """Who that is; raises WrongPassword, in the same time whether or not there is such a person.

    Call `throttle.count` before, in a transaction of its own.
    """
    user = users.find_user(email)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise WrongPassword("This address and this password do not belong together")
    return user


def sign_in(user: User, password: str, *, agent: str, ip: str) -> str:
    """The token of a new session, for somebody whose password was right. Raises WrongPassword if it was changed
    meanwhile: a session begun with the old one would outlive those that the change ends."""
    if users.locked_password_hash(user.id) != user.password_hash:
        raise WrongPassword("The password was changed a moment ago")
    if passwords.is_outdated(user.password_hash or ""):
        users.set_password(user, password)
    throttle.forget(user.email, ip)
    audit.record_everywhere(Actor(user.id, user.email, ip), "user.signed_in")
    return sessions.begin(user.id, agent=agent, ip=ip)


def set_up(token: str, email: str, password: str, *, agent: str, ip: str) -> str:
    """Makes the first user, owner of what is there; the token of a session. Raises LinkNotFound, InvalidInput."""
    links.use("setup", token)
    lock("first user")
    if users.any_user():
        raise LinkNotFound
    user = users.create_user(email, password=password)
    own_what_is_there(user)
    audit.record_everywhere(Actor(user.id, user.email, ip), "user.created", subject=user.email)
    return sessions.begin(user.id, agent=agent, ip=ip)


def own_what_is_there(user: User) -> None:
    """Projects that belong to nobody become this person's; if there is none at all, one is made."""
    if not service.any_project():
        service.create_project(FIRST_PROJECT)
    members.adopt_projects(user.id)


def choose_password(token: str, password: str, *, agent: str, ip: str) -> str:
    """By a one-time link; all sessions end, the answer is the token of a new one. Raises LinkNotFound, InvalidInput."""
    user = users.get_user(_of(links.use("password", token)))
    users.set_password(user, password)
    sessions.end_all(user.id)
    audit.record_everywhere(Actor(user.id, user.email, ip), "password.chosen", subject=user.email)
    return sessions.begin(user.id, agent=agent, ip=ip)


def change_password(user: User, current: str, new: str, *, keep: UUID, ip: str) -> tuple[int, str]:
    """Ends all other sessions, and answers how many; links not used yet stop working. The session to keep gets a new
    cookie, the second answer: somebody may have taken a copy of the old one. Raises WrongPassword, InvalidInput."""
    if not passwords.matches(current, user.password_hash):
        raise WrongPassword("This is not your current password")
    users.set_password(user, new)
    links.forget(user.id)
    audit.record_everywhere(Actor(user.id, user.email, ip), "password.changed", subject=user.email)
    return sessions.end_all(user.id, but=keep), sessions.renew(keep)


def _of(user_id: UUID | None) -> UUID:
    if user_id is None:
        raise LinkNotFound
    return user_id
