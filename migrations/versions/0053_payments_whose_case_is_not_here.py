"""Payments whose case is not here are kept apart

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What is kept of the payments this concerns is taken away: they are made again when the server starts
next, and with them their facts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stray_payment",
        sa.Column("payment", sa.String(length=36), nullable=False),
        sa.Column("record", sa.String(length=36), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payment", name=op.f("pk_stray_payment")),
    )
    op.create_index(op.f("ix_stray_payment_area"), "stray_payment", ["area"])
    op.create_index(op.f("ix_stray_payment_record"), "stray_payment", ["record"])
    concerned = 'SELECT id FROM payment WHERE NOT withdrawn AND "case" NOT IN (SELECT id FROM support_case)'
    op.execute(f"DELETE FROM snapshot WHERE record IN ({concerned})")  # noqa: S608  nothing of it comes from outside


def downgrade() -> None:
    op.drop_table("stray_payment")
