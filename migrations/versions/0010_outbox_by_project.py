"""Facts that nobody has tried are taken project by project."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _index(["listener", "project_id", "due_at"])


def downgrade() -> None:
    _index(["listener", "due_at"])


def _index(columns: list[str]) -> None:
    op.drop_index("ix_outbox_fresh", "outbox")
    op.create_index(
        "ix_outbox_fresh", "outbox", columns, postgresql_where=sa.text("state = 'pending' AND attempts = 0")
    )
