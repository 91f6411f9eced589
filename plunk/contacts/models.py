"""Contacts, and the catalogue of what stands in their data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base


def _inverted(column: str, operators: str) -> Index:
    """What waits to be sorted in (kB) is read by every search: a short list keeps those fast while writes go on."""
    return Index(
        f"ix_contacts_{column}",
        column,
        postgresql_using="gin",
        postgresql_ops={column: operators},
        postgresql_with={"gin_pending_list_limit": 256},
    )


class Contact(Base):
    """A person of a project, known by e-mail address. Times have milliseconds: what is shown is what rules see."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("project_id", "email"),
        Index(None, "project_id", "created_at", "id"),
        _inverted("data", "jsonb_path_ops"),
        _inverted("email", "gin_trgm_ops"),
        {"postgresql_with": {"fillfactor": 90}},
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    subscribed: Mapped[bool]
    opt_out_reason: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ContactSequence(Base):
    """The number of the latest fact about a contact; nobody has a row before the first.

    Not a column of contacts: numbering would write the whole contact again, with all its indexes. No foreign key, as
    for memberships; the row goes with the contact.
    """

    __tablename__ = "contact_sequences"
    __table_args__ = {"postgresql_with": {"fillfactor": 90}}

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)


class ContactField(Base):
    """A top-level key of contacts' data. `coverage` (per cent) is what the last count found, at `counted_at`."""

    __tablename__ = "contact_fields"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    coverage: Mapped[float] = mapped_column(server_default="0")
    counted_at: Mapped[datetime | None]


class ContactDailyCount(Base):
    """How many contacts there were on one day (UTC) when they were last gone through, `counted_at`, and how many of
    them were created that day."""

    __tablename__ = "contact_daily_counts"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)
    subscribed: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[datetime]
