"""Endpoints that are told of what happens, and what they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base

PENDING, DELIVERED, FAILED = STATES = ("pending", "delivered", "failed")


class WebhookEndpoint(Base):
    """An address that wants to hear of events. Secrets are sealed; while `previous_secret_until` lies ahead, the
    secret before the last rotation signs too.

    `failing_since` is the first failure after the last success. `disabled_reason` is set when plunk itself turned
    the endpoint off.
    """

    __tablename__ = "webhook_endpoints"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    description: Mapped[str | None] = mapped_column(Text)
    enabled: Mapped[bool]
    secret: Mapped[str] = mapped_column(Text)
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition)}


class WebhookDelivery(Base):
    """One fact on its way to one endpoint. `body` is the text that is signed, the same at every attempt.

    `attempts` are those that ended. While `leased_until` lies ahead, a sender is at it. `is_first` holds back later
    facts about the contact until the first attempt has ended; a replay holds back nothing. Ids carry their moment, so
    the primary key is also the order of the list.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        # In this order it cannot be taken for a way to find a row by its endpoint, which the primary key is.
        UniqueConstraint("project_id", "fact_id", "endpoint_id"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(
            "ix_webhook_deliveries_pending",
            "project_id",
            "endpoint_id",
            "due_at",
            **_where("state = 'pending'"),
        ),
        Index(
            "ix_webhook_deliveries_leased",
            "project_id",
            "endpoint_id",
            "leased_until",
            **_where("leased_until IS NOT NULL"),
        ),
        Index(
            "ix_webhook_deliveries_first",
            "project_id",
            "endpoint_id",
            "contact_id",
            "sequence",
            **_where("is_first"),
        ),
        Index(
            "ix_webhook_deliveries_failed", "project_id", "endpoint_id", "id", **_where("state = 'failed'")
        ),
    )

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    sequence: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=PENDING)
    is_first: Mapped[bool] = mapped_column(server_default="true")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    leased_until: Mapped[datetime | None]
    response_status: Mapped[int | None]
    response_body: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    duration_ms: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]

    @property
    def next_attempt_at(self) -> datetime | None:
        """When it is sent, or sent again; None when that is over."""
        return self.due_at if self.state == PENDING else None
