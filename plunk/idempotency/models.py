"""Idempotency keys that were used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base


class IdempotencyKey(Base):
    """A key with the request that used it first. Commits together with that request's work."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request: Mapped[str] = mapped_column(Text)
    status_code: Mapped[int]
    created_at: Mapped[datetime]
