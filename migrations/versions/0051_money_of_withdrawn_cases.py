"""Cases know whether what they stand on was withdrawn, and withdrawn ones keep the money that is out

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What is kept of the cases this concerns is taken away: they are made again when the server starts next,
and with them their facts.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

CONCERNED = """
    SELECT id FROM support_case WHERE withdrawn AND id IN (SELECT "case" FROM payment)
    UNION SELECT id FROM support_case WHERE contested
    UNION SELECT id FROM support_case WHERE household IN (SELECT id FROM household WHERE withdrawn)
    UNION SELECT id FROM support_case WHERE need IN (SELECT id FROM housing_need WHERE withdrawn)
    UNION SELECT id FROM support_case WHERE programme NOT IN (SELECT id FROM programme WHERE NOT withdrawn)
"""


def upgrade() -> None:
    op.execute(f"DELETE FROM snapshot WHERE record IN ({CONCERNED})")  # noqa: S608  nothing of it comes from outside


def downgrade() -> None:
    pass  # facts that know more are as good for the version before
