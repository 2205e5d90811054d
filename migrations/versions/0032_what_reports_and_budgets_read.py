"""What reports and budgets read: indexes that hold all that a table counts, without a look at the rows

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SUMS = ["promised", "approved", "paid"]
OF_A_REPORT = ["area", "state", "need_type", "milestone", "reason", "late_from", *SUMS]
DAYS = ["proposed_on", "decided_on", "completed_on"]
SKIPPED = sa.text("skipped_on IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_case_fact_budget", "case_fact")
    op.create_index(
        "ix_case_fact_budget", "case_fact", ["programme", "year", "state", "household", "since", *SUMS, "record"]
    )
    op.create_index(
        "ix_case_fact_report", "case_fact", [*OF_A_REPORT, *DAYS, "marks", "doubted", "programme", "record"]
    )
    op.create_index("ix_support_case_skipped", "support_case", ["id"], sqlite_where=SKIPPED, postgresql_where=SKIPPED)


def downgrade() -> None:
    op.drop_index("ix_support_case_skipped", "support_case")
    op.drop_index("ix_case_fact_report", "case_fact")
    op.drop_index("ix_case_fact_budget", "case_fact")
    op.create_index("ix_case_fact_budget", "case_fact", ["programme", "year", "state", *SUMS, "record"])
