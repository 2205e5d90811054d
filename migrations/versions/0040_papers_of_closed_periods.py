"""Papers of closed periods

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_paper",
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report", sa.String(40), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("vintage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("extension", sa.String(8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("period", "report", "by", "vintage", "extension", name=op.f("pk_closed_paper")),
    )


def downgrade() -> None:
    op.drop_table("closed_paper")
