"""Households counted by ethnic group and author

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KEYS = {"ethnic_group": 40, "author": 64}
COUNTS = tuple(f"count_{number}" for number in range(9))


def upgrade() -> None:
    op.add_column("household_fact", sa.Column("ethnic_group", sa.String(40)))
    op.add_column("household_fact", sa.Column("author", sa.String(64), server_default="", nullable=False))
    own = "SELECT h.{} FROM household h WHERE h.id = household_fact.household"
    values = f"ethnic_group = ({own.format('ethnic_group')}), author = COALESCE(({own.format('author')}), '')"
    op.execute(f"UPDATE household_fact SET {values}")  # noqa: S608  names of tables alone
    for key, length in KEYS.items():
        _create(f"households_by_{key}", {"area": 32, key: length})
        _count(f"households_by_{key}", key)


def downgrade() -> None:
    for key in KEYS:
        op.drop_table(f"households_by_{key}")
        op.drop_column("household_fact", key)


def _create(table: str, keys: dict[str, int]) -> None:
    op.create_table(
        table,
        *(sa.Column(name, _bytewise(length), nullable=False) for name, length in keys.items()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("households", *COUNTS)),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
    )


def _bytewise(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _count(table: str, key: str) -> None:
    """Of the facts that are there; those that are to be made again are counted then."""
    sums = ", ".join(f"SUM({name})" for name in COUNTS)
    keys = f"COALESCE(area, ''), COALESCE({key}, '')"
    columns = ", ".join(("area", key, "households", *COUNTS))
    counted = f"SELECT {keys}, COUNT(*), {sums} FROM household_fact GROUP BY {keys}"  # noqa: S608  names of columns alone
    op.execute(f"INSERT INTO {table} ({columns}) {counted}")
