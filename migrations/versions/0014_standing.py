"""Where each record stands, kept beside it

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

QUEUE = ["waits", "rank", "since", "record", "area", "survey", "status"]


def upgrade() -> None:
    rank = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
    op.create_table(
        "standing",
        sa.Column("record", sa.String(length=36), nullable=False),
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("household", sa.String(length=36), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("rank", rank, nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_standing")),
    )
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standing_household"), ["household"], unique=False)
        batch_op.create_index("ix_standing_queue", QUEUE, unique=False)
        batch_op.create_index("ix_standing_tally", ["area", "survey", "status", "since"], unique=False)


def downgrade() -> None:
    op.drop_table("standing")
