"""Who may enter a project, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from plunk.accounts.errors import AlreadyMember, LastOwner, MemberNotFound
from plunk.accounts.models import Project
from plunk.accounts.people import OWNER, ProjectMember, User
from plunk.db.base import db
from plunk.db.locks import lock
from plunk.db.session import rows_changed


@dataclass(frozen=True)
class Membership:
    """A project that a person may enter."""

    project: Project
    role: str


@dataclass(frozen=True)
class Person:
    """A member of a project. Without `has_password` they have not used their link yet."""

    id: UUID
    email: str
    role: str
    has_password: bool
    since: datetime


def membership(project_id: UUID, user_id: UUID) -> Membership | None:
    """What the person is there; None for a project that is not theirs, or not at all."""
    found = db.session.execute(
        select(Project, ProjectMember.role)
        .join(ProjectMember, ProjectMember.project_id == Project.id)
        .where(ProjectMember.project_id == project_id, ProjectMember.user_id == user_id)
    ).first()
    return Membership(*found) if found else None


def memberships(user_id: UUID) -> list[Membership]:
    """Every project of a person, by name."""
    found = db.session.execute(
        select(Project, ProjectMember.role)
        .join(ProjectMember, ProjectMember.project_id == Project.id)
        .where(ProjectMember.user_id == user_id)
        .order_by(func.lower(Project.name), Project.id)
    )
    return [Membership(*row) for row in found]


def list_members(project_id: UUID) -> list[Person]:
    """Who may enter, longest members first."""
    found = db.session.execute(
        select(
            User.id, User.email, ProjectMember.role, User.password_hash.is_not(None), ProjectMember.created_at
        )
        .join(ProjectMember, ProjectMember.user_id == User.id)
        .where(ProjectMember.project_id == project_id)
        .order_by(ProjectMember.created_at, User.id)
    )
    return [Person(*row) for row in found]


def add_member(project_id: UUID, user_id: UUID, role: str) -> None:
    """Raises AlreadyMember."""
    row = insert(ProjectMember).values(project_id=project_id, user_id=user_id, role=role)
    added = row.on_conflict_do_nothing().returning(ProjectMember.user_id)
    if db.session.scalar(added) is None:
        raise AlreadyMember("This person is a member already")


def change_role(project_id: UUID, user_id: UUID, role: str) -> None:
    """Raises MemberNotFound; LastOwner if nobody would be left to decide."""
    lock("members", project_id)
    if role != OWNER:
        _keep_an_owner(project_id, user_id)
    theirs = (ProjectMember.project_id == project_id, ProjectMember.user_id == user_id)
    if rows_changed(update(ProjectMember).where(*theirs).values(role=role)) == 0:
        raise MemberNotFound


def remove_member(project_id: UUID, user_id: UUID) -> None:
    """Raises MemberNotFound; LastOwner if nobody would be left to decide."""
    lock("members", project_id)
    _keep_an_owner(project_id, user_id)
    theirs = (ProjectMember.project_id == project_id, ProjectMember.user_id == user_id)
    if rows_changed(delete(ProjectMember).where(*theirs)) == 0:
        raise MemberNotFound


def adopt_projects(user_id: UUID) -> int:
    """Makes this person the owner of every project that has no members; how many."""
    lonely = select(Project.id).where(
        ~select(ProjectMember).where(ProjectMember.project_id == Project.id).exists()
    )
    projects = list(db.session.scalars(lonely))
    for project_id in projects:
        add_member(project_id, user_id, OWNER)
    return len(projects)


def _keep_an_owner(project_id: UUID, leaving: UUID) -> None:
    owners = select(ProjectMember.user_id).where(
        ProjectMember.project_id == project_id, ProjectMember.role == OWNER
    )
    if list(db.session.scalars(owners.limit(2))) == [leaving]:
        raise LastOwner("A project needs an owner: make somebody else one first")
