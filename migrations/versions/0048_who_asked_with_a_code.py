"""Who asked with a one-time code, and was given which device

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.add_column(sa.Column("try_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("device_id", sa.String(length=16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.drop_column("device_id")
        batch_op.drop_column("try_hash")
