"""A payment before a decision that was taken back is no doubt

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What is kept of the payments this concerns is taken away: they are made again when the server starts
next, and with them the facts of their cases.
"""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    doubted = "SELECT record FROM case_fact WHERE doubts LIKE '%before_decision%'"
    concerned = f'SELECT id FROM payment WHERE "case" IN ({doubted})'  # noqa: S608  nothing of it comes from outside
    op.execute(f"DELETE FROM snapshot WHERE record IN ({concerned})")  # noqa: S608  nor of this


def downgrade() -> None:
    pass
