"""Who looks at this page, and which project they are in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from flask import g, request, session

from plunk.accounts import members, sessions
from plunk.accounts.audit import Actor
from plunk.accounts.members import Membership
from plunk.accounts.models import Project
from plunk.accounts.people import OWNER, User
from plunk.dashboard.ground import cookies
from plunk.db.session import transaction
from plunk.errors import ProjectNotFound
from plunk.refusals import Forbidden

_LAST = "project"


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in. `membership` is there on pages of a project. `locale` is no column: pages about a
    database that is gone are written in it."""

    user: User
    session_id: UUID
    locale: str
    membership: Membership | None = None

    @property
    def is_owner(self) -> bool:
        return self.membership is not None and self.membership.role == OWNER


def recognise() -> Visitor | None:
    """The visitor by their cookie; None if they are not signed in."""
    token = cookies.session_token()
    found = sessions.find(token) if token else None
    if found is None:
        return None
    if found.is_stale:
        with transaction():
            sessions.seen(found.session_id)
    g.visitor = Visitor(found.user, found.session_id, found.user.locale)
    return cast(Visitor, g.visitor)


def enter(project_id: UUID) -> None:
    """Into a project; raises ProjectNotFound for one of others just as for one that does not exist."""
    found = members.membership(project_id, visitor().user.id)
    if found is None:
        raise ProjectNotFound("There is no such project, or you are not a member of it")
    g.visitor = replace(visitor(), membership=found)
    if session.get(_LAST) != str(project_id):
        session[_LAST] = str(project_id)


def visitor() -> Visitor:
    """Whoever looks at this page."""
    return cast(Visitor, g.visitor)


def is_signed_in() -> bool:
    return "visitor" in g


def user() -> User:
    """Whoever looks at this page, as a row."""
    return visitor().user


def project() -> Project:
    """The project of this page."""
    membership = visitor().membership
    assert membership is not None, "this page belongs to no project"
    return membership.project


def project_id() -> UUID:
    """The id of this page's project; every call of a service takes it from here."""
    return project().id


def last_project() -> Project | None:
    """The project that the navigation shows: this page's, else the one visited last, else the first; None for
    somebody who has none."""
    if membership := visitor().membership:
        return membership.project
    theirs = [each.project for each in members.memberships(user().id)]
    last = session.get(_LAST)
    return next((each for each in theirs if str(each.id) == last), theirs[0] if theirs else None)


def actor() -> Actor:
    """For the audit log."""
    return Actor(user().id, user().email, ip())


def ip() -> str:
    """Where the request came from."""
    return request.remote_addr or ""


def need_owner() -> None:
    """Raises Forbidden."""
    if not visitor().is_owner:
        raise Forbidden("Only an owner of this project may do this", suggestion="Ask one of its owners.")
