"""Segments, and who is in the hand-kept ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base


class Segment(Base):
    """A saved rule (DYNAMIC) or a list kept by hand (STATIC).

    `condition` is plain JSON, not JSONB: it is given back exactly as it was sent. The counts are those of
    `member_count_at`.
    """

    __tablename__ = "segments"
    __table_args__ = (
        UniqueConstraint("project_id", "slug"),
        CheckConstraint("type IN ('DYNAMIC', 'STATIC')", name="type"),
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    track_membership: Mapped[bool] = mapped_column(server_default="false")
    member_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reachable_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    member_count_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Membership(Base):
    """A contact's place in a static segment.

    No foreign key: it would make filling a segment three times slower. A deleted contact's rows go through the
    hook `plunk_contacts_changed`, a deleted segment's with the segment.
    """

    __tablename__ = "memberships"
    __table_args__ = (Index(None, "project_id", "contact_id"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
