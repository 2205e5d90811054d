"""Figures of earlier moments, and closed periods

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "closed_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("moment", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("closed_by", sa.String(length=16), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_period")),
    )
    op.create_table(
        "closed_table",
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("vintage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", "report", "by", "vintage", name=op.f("pk_closed_table")),
    )
    op.create_table(
        "moment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("busy_until", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.String(length=32), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moment")),
    )
    with op.batch_alter_table("moment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moment_day"), ["day"], unique=False)

    op.create_table(
        "past_case_fact",
        sa.Column("moment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.String(length=36), nullable=False),
        sa.Column("household", sa.String(length=36), nullable=True),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("programme", sa.String(length=36), nullable=True),
        sa.Column("need_type", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("promised", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=True),
        sa.Column("late_from", sa.String(length=10), nullable=True),
        sa.Column("doubts", sa.String(length=400), nullable=False),
        sa.Column("doubted", sa.Boolean(), nullable=False),
        sa.Column("proposed_on", sa.String(length=10), nullable=True),
        sa.Column("decided_on", sa.String(length=10), nullable=True),
        sa.Column("completed_on", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("sort_key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("ethnic_group", sa.String(length=40), nullable=True),
        sa.Column("target_group", sa.String(length=40), nullable=True),
        sa.Column("marks", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("moment", "record", name=op.f("pk_past_case_fact")),
    )
    op.create_table(
        "past_case_money",
        sa.Column("moment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("moment", "record", "source", name=op.f("pk_past_case_money")),
    )
    op.create_table(
        "past_household_fact",
        sa.Column("moment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("household", sa.String(length=36), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("need", sa.String(length=36), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.String(length=16), nullable=True),
        sa.Column("difficulty", sa.String(length=16), nullable=True),
        sa.Column("poverty_class", sa.String(length=32), nullable=True),
        sa.Column("minority", sa.Boolean(), nullable=True),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("count_0", sa.BigInteger(), nullable=False),
        sa.Column("count_1", sa.BigInteger(), nullable=False),
        sa.Column("count_2", sa.BigInteger(), nullable=False),
        sa.Column("count_3", sa.BigInteger(), nullable=False),
        sa.Column("count_4", sa.BigInteger(), nullable=False),
        sa.Column("count_5", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("moment", "household", name=op.f("pk_past_household_fact")),
    )
    op.create_table(
        "past_other_support",
        sa.Column("moment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("household", sa.String(length=36), nullable=True),
        sa.Column("policy", sa.String(length=40), nullable=True),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("moment", "id", name=op.f("pk_past_other_support")),
    )


def downgrade() -> None:

    op.drop_table("past_other_support")
    op.drop_table("past_household_fact")
    op.drop_table("past_case_money")
    op.drop_table("past_case_fact")
    with op.batch_alter_table("moment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moment_day"))

    op.drop_table("moment")
    op.drop_table("closed_table")
    op.drop_table("closed_period")
