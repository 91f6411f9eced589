"""Jobs that somebody may ask about, and when periodic work last ran."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base

STATES = ("queued", "active", "completed", "failed", "cancelled")
PENDING = ("queued", "active")


class Job(Base):
    """Work in the background. The row is the truth; the queue only carries its id.

    `seen_at` moves while somebody works on it: a job whose worker died is noticed by its silence. `claims` counts how
    often workers took it: the number of the latest claim tells its worker from one that was thought dead. `attempts`
    and `failures` (attempts that ended with an error) begin anew with each report of progress.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_jobs_kind", "project_id", "kind", "id"),
        Index("ix_jobs_pending", "seen_at", postgresql_where=text("state IN ('queued', 'active')")),
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="queued")
    params: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    progress: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    failed_reason: Mapped[str | None] = mapped_column(Text)
    claims: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]


class ScheduledRun(Base):
    """When a periodic task last began, whoever ran it. Not a tenant's."""

    __tablename__ = "scheduled_runs"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    started_at: Mapped[datetime]
