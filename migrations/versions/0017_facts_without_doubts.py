"""Facts of households without doubts, which are worked out where they are shown; what is lacking may be long

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def bytewise(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("household_fact", schema=None) as batch_op:
        batch_op.drop_column("doubts")
    with op.batch_alter_table("household_programme", schema=None) as batch_op:
        batch_op.alter_column("lack", existing_type=bytewise(160), type_=bytewise(), existing_nullable=True)


def downgrade() -> None:
    with op.batch_alter_table("household_programme", schema=None) as batch_op:
        batch_op.alter_column("lack", existing_type=bytewise(), type_=bytewise(160), existing_nullable=True)
    with op.batch_alter_table("household_fact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doubts", sa.String(length=64), nullable=False, server_default=""))
