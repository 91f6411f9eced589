"""Segments, who is in them, and how that changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base


class Segment(Base):
    """A saved rule (DYNAMIC) or a list kept by hand (STATIC).

    `condition` is plain JSON, not JSONB: it is given back exactly as it was sent. The counts of segments that keep
    members (static and tracked ones) are a base, to which the rows of `segment_count_deltas` are added; the others'
    are those of `member_count_at`.

    While `status` is `computing`, contacts up to `refresh_cursor` have been looked at. Those behind `silent_after`
    belong to the starting point: coming in is no entry for them.
    """

    __tablename__ = "segments"
    __table_args__ = (
        UniqueConstraint("project_id", "slug"),
        CheckConstraint("type IN ('DYNAMIC', 'STATIC')", name="type"),
        CheckConstraint("status IN ('ready', 'computing', 'broken')", name="status"),
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
    status: Mapped[str] = mapped_column(Text, server_default="ready")
    status_reason: Mapped[str | None] = mapped_column(Text)
    refresh_cursor: Mapped[UUID | None]
    silent_after: Mapped[UUID | None]
    emits_existing: Mapped[bool] = mapped_column(server_default="false")
    refreshed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refresh_added: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refresh_removed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def keeps_rows(self) -> bool:
        """Whether `memberships` holds its members: of static and of tracked segments."""
        return self.type == "STATIC" or self.track_membership

    @property
    def is_settled(self) -> bool:
        """Whether those rows say who is in, for every contact."""
        return self.keeps_rows and self.status != "computing"


class Membership(Base):
    """A contact's place in a static or tracked segment; the row goes when the contact leaves.

    `is_announced` is false for those who were in from the start, of whom nobody was told.

    No foreign key: it would make filling a segment three times slower. A deleted contact's rows go through the
    hook `plunk_contacts_changed`, a deleted segment's with the segment.
    """

    __tablename__ = "memberships"
    __table_args__ = (Index(None, "project_id", "contact_id"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    is_announced: Mapped[bool] = mapped_column(server_default="true")


class MembershipChange(Base):
    """An entry into a segment with tracked membership, or an exit; never changed. `sequence` rises per contact."""

    __tablename__ = "membership_changes"
    __table_args__ = (
        Index("ix_membership_changes_segment", "project_id", "segment_id", "at", "contact_id", "sequence"),
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    segment_id: Mapped[UUID]
    is_entry: Mapped[bool]
    at: Mapped[datetime]


class SegmentCountDelta(Base):
    """What one write added to a segment's counts: a row per write, so that no writer waits for another at the
    segment's own row. A task adds them up."""

    __tablename__ = "segment_count_deltas"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    members: Mapped[int]
    reachable: Mapped[int]


class SegmentDailyCount(Base):
    """A segment's counts on one day (UTC), as they were last known before it ended."""

    __tablename__ = "segment_daily_counts"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    members: Mapped[int] = mapped_column(BigInteger)
    reachable: Mapped[int] = mapped_column(BigInteger)


class MembershipTimer(Base):
    """When a contact must be judged again by a segment's rule because time passed. A hint: it may come too early,
    never too late."""

    __tablename__ = "membership_timers"
    __table_args__ = (Index(None, "project_id", "due_at"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
