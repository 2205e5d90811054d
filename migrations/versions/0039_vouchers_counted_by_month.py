"""Vouchers counted by month

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
The facts of cases are emptied: they are made again from the records, and counted, before anybody asks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def _key(name: str, length: int) -> sa.Column:
    kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _create(table: str, *keys: sa.Column) -> None:
    counts = (sa.Column(name, sa.BigInteger(), nullable=False) for name in ("vouchers", "amount"))
    primary = sa.PrimaryKeyConstraint(*(key.name for key in keys), name=op.f(f"pk_{table}"))
    op.create_table(table, *keys, *counts, primary)


def upgrade() -> None:
    record, source = (
        sa.Column(name, sa.String(size), nullable=False) for name, size in (("record", 36), ("source", 40))
    )
    _create("case_paid", record, _key("month", 7), source)
    _create("paid_by_month", _key("month", 7), _key("source", 40), _key("programme", 36), _key("year", 20))
    for table in map(sa.table, ("case_fact", "case_money", "case_part")):
        op.execute(sa.delete(table))


def downgrade() -> None:
    op.drop_table("paid_by_month")
    op.drop_table("case_paid")
