"""Counts kept beside the facts

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SUMS = ", ".join(f"sum(count_{number})" for number in range(6))
HANGING = "count(DISTINCT household) FROM household_programme WHERE lack IS NOT NULL GROUP BY coalesce(area, '')"


def _key(name: str, length: int | None = None) -> sa.Column:
    kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "standing_tally",
        _key("area", 32), _key("survey", 64), _key("status", 32), _count("records"),
        sa.PrimaryKeyConstraint("area", "survey", "status", name=op.f("pk_standing_tally")),
    )  # fmt: skip
    op.create_table(
        "household_tally",
        _key("area", 32), _count("households"), *(_count(f"count_{number}") for number in range(6)),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_household_tally")),
    )  # fmt: skip
    op.create_table(
        "lack_tally",
        _key("area", 32), _key("lack"), _count("households"),
        sa.PrimaryKeyConstraint("area", "lack", name=op.f("pk_lack_tally")),
    )  # fmt: skip
    for table, counted in {
        "standing_tally": "area, survey, status, count(*) FROM standing GROUP BY area, survey, status",
        "household_tally": f"coalesce(area, ''), count(*), {SUMS} FROM household_fact GROUP BY coalesce(area, '')",
        "lack_tally": f"coalesce(area, ''), '', {HANGING} UNION ALL SELECT coalesce(area, ''), lack, {HANGING}, lack",
    }.items():
        op.execute(f"INSERT INTO {table} SELECT {counted}")


def downgrade() -> None:
    for table in ("lack_tally", "household_tally", "standing_tally"):
        op.drop_table(table)
