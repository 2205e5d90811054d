"""What is to be cleared up counted

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What is new is counted while the facts of all households are worked out again, beside whatever is asked meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLES = ("household_fact", "household_tally")
COUNTS = ("count_6", "count_7", "count_8")


def upgrade() -> None:
    for table in TABLES:
        for name in COUNTS:
            op.add_column(table, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_household_citizen_id", "household", ["citizen_id"])
    op.execute("UPDATE facts_work SET made_for = ''")


def downgrade() -> None:
    op.drop_index("ix_household_citizen_id", "household")
    for table in TABLES:
        for name in COUNTS:
            op.drop_column(table, name)
