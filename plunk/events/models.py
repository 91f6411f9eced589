"""Events as they came, and their sum per contact and name."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base


def _contact_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["project_id", "contact_id"], ["contacts.project_id", "contacts.id"], ondelete="CASCADE"
    )


class Event(Base):
    """Something a contact did, or that happened to it. Ids carry the event's time, so their order is time's."""

    __tablename__ = "events"
    __table_args__ = (
        _contact_key(),
        Index(None, "project_id", "name", "created_at", "contact_id"),
        Index(None, "project_id", "contact_id", "created_at"),
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]


class Activity(Base):
    """One row per contact and event name: first, last, how often. Most event rules need nothing else.

    No index on last_at: it would turn every event's update into a new index entry.
    """

    __tablename__ = "activity"
    __table_args__ = (
        _contact_key(),
        Index(None, "project_id", "name", "contact_id"),
        {"postgresql_with": {"fillfactor": 85}},
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(BigInteger)


class EventName(Base):
    """The catalogue of event names."""

    __tablename__ = "event_names"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime]
