"""Facts about contacts are numbered beside the contacts: numbering wrote each contact again, with all its indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "contact_sequences",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "contact_id", name=op.f("pk_contact_sequences")),
        postgresql_with={"fillfactor": 90},
    )
    op.execute("""
        INSERT INTO contact_sequences (project_id, contact_id, sequence)
        SELECT project_id, id, change_seq FROM contacts WHERE change_seq > 0
    """)
    op.drop_column("contacts", "change_seq")


def downgrade() -> None:
    op.add_column("contacts", sa.Column("change_seq", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("""
        UPDATE contacts AS c SET change_seq = s.sequence FROM contact_sequences AS s
        WHERE c.project_id = s.project_id AND c.id = s.contact_id
    """)
    op.drop_table("contact_sequences")
