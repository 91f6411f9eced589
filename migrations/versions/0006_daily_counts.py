"""How many were in each segment, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "segment_daily_counts",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("reachable", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "segment_id", "day", name=op.f("pk_segment_daily_counts")),
    )


def downgrade() -> None:
    op.drop_table("segment_daily_counts")
