"""Pairs in the order of their list

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_alike_pair_points", "alike_pair")
    op.create_index("ix_alike_pair_likeliest", "alike_pair", ["points", "one", "other"])


def downgrade() -> None:
    op.drop_index("ix_alike_pair_likeliest", "alike_pair")
    op.create_index("ix_alike_pair_points", "alike_pair", ["points"])
