"""Payments that do not say all, and cases and lists that were withdrawn, are found by an index

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLES = ("support_case", "support_list", "village_meeting")
UNSUMMED = sa.text('"case" IS NULL OR fund_source IS NULL OR amount IS NULL OR paid_on IS NULL')


def upgrade() -> None:
    op.create_index("ix_payment_unsummed", "payment", ["id"], sqlite_where=UNSUMMED, postgresql_where=UNSUMMED)
    for table in TABLES:
        op.create_index(
            f"ix_{table}_withdrawn",
            table,
            ["id"],
            sqlite_where=sa.text("withdrawn = 1"),
            postgresql_where=sa.text("withdrawn"),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_withdrawn", table)
    op.drop_index("ix_payment_unsummed", "payment")
