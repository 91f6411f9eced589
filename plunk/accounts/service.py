"""Projects: making, listing and changing them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from plunk.accounts.keys import create_key
from plunk.accounts.models import Project
from plunk.db import versioned
from plunk.db.base import db, new_id
from plunk.db.session import rows_changed
from plunk.errors import InvalidInput, Problem, ProjectNotFound

MAX_NAME = 100


@dataclass(frozen=True)
class NewProject:
    """A project with its first two keys, which cannot be read again."""

    id: UUID
    name: str
    public_key: str
    secret_key: str


def create_project(name: str, *, project_id: UUID | None = None) -> NewProject:
    """A new tenant with one key of each kind, under an id of the caller's own if there is one; raises InvalidInput for
    an empty or overlong name."""
    project = Project(id=project_id or new_id(), name=_checked(name))
    db.session.add(project)
    db.session.flush()
    public, secret = create_key(project.id, "public"), create_key(project.id, "secret")
    return NewProject(id=project.id, name=project.name, public_key=public.key, secret_key=secret.key)


def any_project() -> bool:
    """Whether there is a project at all."""
    return db.session.scalar(select(Project.id).limit(1)) is not None


def list_projects() -> list[Project]:
    """All projects, oldest first."""
    return list(db.session.scalars(select(Project).order_by(Project.id)))


def get_project(project_id: UUID) -> Project:
    """Raises ProjectNotFound."""
    project = db.session.get(Project, project_id)
    if project is None:
        raise ProjectNotFound(f"No project has the id {project_id}")
    return project


def set_project(
    project_id: UUID,
    *,
    name: str | None = None,
    language: str | None = None,
    public_key_may_subscribe: bool | None = None,
) -> Project:
    """Changes what is given; processes see it within a second. Raises ProjectNotFound, InvalidInput."""
    project = get_project(project_id)
    if name is not None:
        project.name = _checked(name)
    if language is not None:
        project.language = language
    if public_key_may_subscribe is not None:
        project.public_key_may_subscribe = public_key_may_subscribe
    db.session.flush()
    return project


def _checked(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise InvalidInput([Problem("name", f"A project's name has 1 to {MAX_NAME} characters", "length")])
    return name


def rules_version(project_id: UUID) -> int:
    """The number under which what is read of the project's segments and listeners may be remembered."""
    return db.session.scalar(select(Project.rules_version).where(Project.id == project_id)) or 0


def rules_edited(project_id: UUID) -> None:
    """Raises the project's version, in the current transaction: every process then reads its segments and listeners
    anew. Whatever edits those calls this."""
    rows_changed(
        update(Project).where(Project.id == project_id).values(rules_version=Project.rules_version + 1)
    )
    versioned.mark_edited(project_id)
