"""The outbox: facts that listeners have to be told, or were."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base

STATES = ("pending", "done", "failed")
KINDS = ("event", "membership")


class OutboxRow(Base):
    """One fact for one listener (a plugin's name). Written in the transaction that made it true.

    While it is pending, `due_at` says when somebody may take it: now, after a pause, or when the lease of who has it
    runs out. `attempts` counts leases, so it also tells one lease from another.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        # What was never tried is taken in batches, project by project, what was is taken alone: each has an index
        # without the other.
        Index(
            "ix_outbox_fresh",
            "listener",
            "project_id",
            "due_at",
            postgresql_where=text("state = 'pending' AND attempts = 0"),
        ),
        Index(
            "ix_outbox_tried",
            "listener",
            "due_at",
            postgresql_where=text("state = 'pending' AND attempts > 0"),
        ),
        Index(
            "ix_outbox_order",
            "project_id",
            "listener",
            "contact_id",
            "sequence",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_outbox_finished", "finished_at", postgresql_where=text("state <> 'pending'")),
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID]
    listener: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
