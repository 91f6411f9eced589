"""Membership that follows every change: versions, timers, history, count deltas."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("projects", sa.Column("rules_version", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("contacts", sa.Column("change_seq", sa.BigInteger(), server_default="0", nullable=False))
    for column in (
        sa.Column("status", sa.Text(), server_default="ready", nullable=False),
        sa.Column("status_reason", sa.Text()),
        sa.Column("refresh_cursor", sa.Uuid()),
        sa.Column("silent_after", sa.Uuid()),
        sa.Column("emits_existing", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("refreshed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refresh_added", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refresh_removed", sa.BigInteger(), server_default="0", nullable=False),
    ):
        op.add_column("segments", column)
    op.create_check_constraint(
        op.f("ck_segments_status"), "segments", "status IN ('ready', 'computing', 'broken')"
    )
    op.add_column(
        "memberships", sa.Column("is_announced", sa.Boolean(), server_default="true", nullable=False)
    )
    op.create_table(
        "membership_changes",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("is_entry", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "contact_id", "sequence", name=op.f("pk_membership_changes")),
    )
    op.create_index(
        "ix_membership_changes_segment",
        "membership_changes",
        ["project_id", "segment_id", "at", "contact_id", "sequence"],
    )
    op.create_table(
        "segment_count_deltas",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("reachable", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "segment_id", "id", name=op.f("pk_segment_count_deltas")),
    )
    op.create_table(
        "membership_timers",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "contact_id", "segment_id", name=op.f("pk_membership_timers")),
    )
    op.create_index(
        op.f("ix_membership_timers_project_id_due_at"), "membership_timers", ["project_id", "due_at"]
    )
    _count_members_of_static_segments()
    _begin_first_fills()


def _count_members_of_static_segments() -> None:
    """Their counts are a base from now on."""
    op.execute("""
        UPDATE segments AS s SET member_count = found.members, reachable_count = found.reachable
        FROM (
            SELECT s.project_id, s.id, count(c.id) AS members, count(c.id) FILTER (WHERE c.subscribed) AS reachable
            FROM segments AS s
            LEFT JOIN memberships AS m ON m.project_id = s.project_id AND m.segment_id = s.id
            LEFT JOIN contacts AS c ON c.project_id = m.project_id AND c.id = m.contact_id
            WHERE s.type = 'STATIC' GROUP BY s.project_id, s.id
        ) AS found
        WHERE s.project_id = found.project_id AND s.id = found.id
    """)


def _begin_first_fills() -> None:
    """Segments whose tracking was asked for before it existed."""
    op.execute("""
        UPDATE segments SET status = 'computing', member_count = 0, reachable_count = 0,
            refresh_cursor = '00000000-0000-0000-0000-000000000000',
            silent_after = '00000000-0000-0000-0000-000000000000'
        WHERE type = 'DYNAMIC' AND track_membership
    """)


def downgrade() -> None:
    for table in ("membership_timers", "segment_count_deltas", "membership_changes"):
        op.drop_table(table)
    op.drop_column("memberships", "is_announced")
    op.drop_constraint(op.f("ck_segments_status"), "segments")
    for column in (
        "refresh_removed",
        "refresh_added",
        "refreshed",
        "emits_existing",
        "silent_after",
        "refresh_cursor",
        "status_reason",
        "status",
    ):
        op.drop_column("segments", column)
    op.drop_column("contacts", "change_seq")
    op.drop_column("projects", "rules_version")
