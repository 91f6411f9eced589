"""The outbox: facts for listeners."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'failed')", name=op.f("ck_outbox_state")),
        sa.CheckConstraint("kind IN ('event', 'membership')", name=op.f("ck_outbox_kind")),
        sa.PrimaryKeyConstraint("project_id", "id", name=op.f("pk_outbox")),
    )
    pending = "state = 'pending'"
    _index("ix_outbox_fresh", ["listener", "due_at"], f"{pending} AND attempts = 0")
    _index("ix_outbox_tried", ["listener", "due_at"], f"{pending} AND attempts > 0")
    _index("ix_outbox_order", ["project_id", "listener", "contact_id", "sequence"], pending)
    _index("ix_outbox_finished", ["finished_at"], "state <> 'pending'")


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox", columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_table("outbox")
