"""Whom records lean on of which nothing that counts says where they lie

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaning",
        sa.Column("record", sa.String(36), nullable=False),
        sa.Column("parent", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("record", "parent", name=op.f("pk_leaning")),
    )
    op.create_index("ix_leaning_parent", "leaning", ["parent"])


def downgrade() -> None:
    op.drop_table("leaning")
