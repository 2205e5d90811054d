"""Who brought the bytes of a photo

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment_bringer",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "account", name=op.f("pk_attachment_bringer")),
    )


def downgrade() -> None:
    op.drop_table("attachment_bringer")
