"""What follows about each household, kept beside the records

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNTS = [f"count_{n}" for n in range(6)]


def bytewise(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "household_fact",
        sa.Column("household", sa.String(length=36), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("need", sa.String(length=36), nullable=True),
        sa.Column("sort_key", bytewise(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.String(length=16), nullable=True),
        sa.Column("difficulty", sa.String(length=16), nullable=True),
        sa.Column("poverty_class", sa.String(length=32), nullable=True),
        sa.Column("minority", sa.Boolean(), nullable=True),
        sa.Column("main", sa.String(length=8), nullable=True),
        sa.Column("sub", sa.String(length=8), nullable=True),
        sa.Column("rank", bytewise(64), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("doubts", sa.String(length=64), nullable=False),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("until", bytewise(10), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("household", name=op.f("pk_household_fact")),
    )
    with op.batch_alter_table("household_fact", schema=None) as batch_op:
        batch_op.create_index("ix_household_fact_map", ["lat", "lon", "status", "main", "area", "household"])
        batch_op.create_index("ix_household_fact_name", ["sort_key", "household", "area"])
        batch_op.create_index("ix_household_fact_tally", ["area", *COUNTS])
        batch_op.create_index(batch_op.f("ix_household_fact_until"), ["until"])
        batch_op.create_index("ix_household_fact_village", ["area", "sort_key", "household"])
    op.create_table(
        "household_programme",
        sa.Column("household", sa.String(length=36), nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("lack", bytewise(160), nullable=True),
        sa.PrimaryKeyConstraint("household", "programme", name=op.f("pk_household_programme")),
    )
    with op.batch_alter_table("household_programme", schema=None) as batch_op:
        batch_op.create_index("ix_household_programme_lack", ["lack", "area", "household"])
        batch_op.create_index("ix_household_programme_met", ["programme", "met", "area", "household"])
    op.create_table(
        "facts_work",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_for", sa.String(length=128), nullable=False),
        sa.Column("making_for", sa.String(length=128), nullable=False),
        sa.Column("after", sa.String(length=36), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("busy_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts_work")),
    )


def downgrade() -> None:
    for table in ("facts_work", "household_programme", "household_fact"):
        op.drop_table(table)
