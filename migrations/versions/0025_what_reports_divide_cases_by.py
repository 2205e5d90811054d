"""Facts of cases know ethnic group, target group, and what their papers and finished houses have

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
The facts of cases are emptied: they are made again from the records before anybody asks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case_fact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ethnic_group", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("target_group", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("marks", sa.String(length=200), nullable=False, server_default=""))
    for table in map(sa.table, ("case_fact", "case_money", "case_part")):
        op.execute(sa.delete(table))


def downgrade() -> None:
    with op.batch_alter_table("case_fact", schema=None) as batch_op:
        for name in ("marks", "target_group", "ethnic_group"):
            batch_op.drop_column(name)
