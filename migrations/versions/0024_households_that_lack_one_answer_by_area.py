"""Households that hang on one missing answer are found by their village first

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NAME = "ix_household_programme_lacking"
LACKING = sa.text("lack IS NOT NULL")


def exchange(*columns: str) -> None:
    op.drop_index(NAME, "household_programme")
    op.create_index(NAME, "household_programme", columns, sqlite_where=LACKING, postgresql_where=LACKING)


def upgrade() -> None:
    exchange("area", "household")


def downgrade() -> None:
    exchange("household", "area")
