"""Letting somebody into a project by their address.

Who has an invitation's link in hand can become that person. So somebody who has not chosen a password yet stays in the
one project they were invited to: an owner of one project must not get into another by a link they made themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from plunk.accounts import links, members, users
from plunk.accounts.errors import MemberNotFound, NotArrivedYet
from plunk.accounts.people import User
from plunk.db.locks import lock
from plunk.db.session import rows_changed


@dataclass(frozen=True)
class Invitation:
    """Somebody who may enter now. `token` of a link is there if they have no password yet."""

    user: User
    token: str | None


def invite(project_id: UUID, email: str, role: str) -> Invitation:
    """Makes the user if there is none with this address. Raises AlreadyMember, NotArrivedYet."""
    lock("user", email)
    user = users.find_user(email)
    if user is None:
        user = users.create_user(email)
        members.add_member(project_id, user.id, role)
        return Invitation(user, links.password_token(user))
    if user.password_hash is None and members.membership(project_id, user.id) is None:
        raise NotArrivedYet
    members.add_member(project_id, user.id, role)
    return Invitation(user, None)


def invite_again(project_id: UUID, user_id: UUID, *, link_id: UUID | None = None) -> Invitation:
    """A new link for somebody who has not chosen a password yet. Raises MemberNotFound, NotArrivedYet."""
    if members.membership(project_id, user_id) is None:
        raise MemberNotFound
    user = users.get_user(user_id)
    lock("user", user.email)
    if user.password_hash is not None or len(members.memberships(user.id)) > 1:
        raise NotArrivedYet
    return Invitation(user, links.password_token(user, link_id=link_id))


def let_go(project_id: UUID, user_id: UUID) -> str:
    """Takes somebody out of the project and answers their address; an invitation that nobody took up goes with them.
    Raises MemberNotFound, LastOwner."""
    if members.membership(project_id, user_id) is None:
        raise MemberNotFound
    user = users.get_user(user_id)
    email = user.email
    members.remove_member(project_id, user_id)
    if user.password_hash is None and not members.memberships(user_id):
        rows_changed(delete(User).where(User.id == user_id))
    return email
