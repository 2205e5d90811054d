"""Facts of cases know what counter-entries take back too often

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What is kept of counter-entries is taken away: they are made again when the server starts next, and
with them the facts of their cases.
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM snapshot WHERE record IN (SELECT id FROM payment WHERE entry = 'but_toan_dao')")


def downgrade() -> None:
    pass  # facts that know more are as good for the version before
