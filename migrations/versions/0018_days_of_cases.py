"""Facts of cases know the days of proposal, decision and completion, and why the work has not begun

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
The facts of cases are emptied: they are made again from the records before anybody asks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = {"proposed_on": 10, "decided_on": 10, "completed_on": 10, "reason": 40}


def upgrade() -> None:
    with op.batch_alter_table("case_fact", schema=None) as batch_op:
        for name, length in COLUMNS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=True))
    for table in map(sa.table, ("case_fact", "case_money", "case_part")):
        op.execute(sa.delete(table))


def downgrade() -> None:
    with op.batch_alter_table("case_fact", schema=None) as batch_op:
        for name in COLUMNS:
            batch_op.drop_column(name)
