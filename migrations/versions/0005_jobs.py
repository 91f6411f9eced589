"""Jobs that can be cancelled, listed by kind, and lost to another worker."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name in ("claims", "failures"):
        op.add_column("jobs", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_jobs_kind", "jobs", ["project_id", "kind", "id"])
    _states("queued", "active", "completed", "failed", "cancelled")


def downgrade() -> None:
    op.execute(
        "UPDATE jobs SET state = 'failed', failed_reason = 'It was cancelled' WHERE state = 'cancelled'"
    )
    _states("queued", "active", "completed", "failed")
    op.drop_index("ix_jobs_kind", "jobs")
    for name in ("failures", "claims"):
        op.drop_column("jobs", name)


def _states(*names: str) -> None:
    op.drop_constraint(op.f("ck_jobs_state"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_state"), "jobs", f"state IN {names}")
