"""Versions of the lists of places

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_list_version",
        sa.Column("of", sa.String(20), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("of", name=op.f("pk_place_list_version")),
    )


def downgrade() -> None:
    op.drop_table("place_list_version")
