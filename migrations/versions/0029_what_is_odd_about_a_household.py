"""What is odd about a household is found by an index

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SOUND = sa.text("wanted = 'new' AND difficulty = 'none'")
DOUBTED = sa.text("doubted")


def upgrade() -> None:
    op.create_index(
        "ix_household_fact_sound", "household_fact", ["household", "area"], sqlite_where=SOUND, postgresql_where=SOUND
    )
    op.create_index("ix_case_fact_doubted", "case_fact", ["household"], sqlite_where=DOUBTED, postgresql_where=DOUBTED)


def downgrade() -> None:
    op.drop_index("ix_case_fact_doubted", "case_fact")
    op.drop_index("ix_household_fact_sound", "household_fact")
