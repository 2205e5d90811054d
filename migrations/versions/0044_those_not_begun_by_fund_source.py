"""Those not begun by fund source

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

PLACES = {"area": ("village", 32), "ethnic_group": ("ethnic_group", 40)}
YEARS = {"proposed_in": "proposed_on", "decided_in": "decided_on", "completed_in": "completed_on"}
LENGTHS = {"programme": 36, **dict.fromkeys(YEARS, 4), "year": 20, "target_group": 40}
MORE = {"source": 40, "reason": 40, "late_from": 40}
NOT_BEGUN = """
    (f.state IN ('approved', 'started', 'complete', 'settled') OR f.approved > 0)
    AND f.state NOT IN ('complete', 'settled')
    AND NOT (COALESCE(f.milestone, '0') IN ('1', '2')
             OR (COALESCE(f.milestone, '0') IN ('3', '4') AND COALESCE(f.need_type, '') <> 'sua_chua'))
"""
"""Decided and neither complete nor seen at work: of a repair there are two milestones, of a new house four."""


def upgrade() -> None:
    for key, (name, length) in PLACES.items():
        _create(f"idle_money_by_{name}", {key: length, **LENGTHS, **MORE})
        _count(f"idle_money_by_{name}", key)


def downgrade() -> None:
    for name, _length in PLACES.values():
        op.drop_table(f"idle_money_by_{name}")


def _create(table: str, keys: dict[str, int]) -> None:
    op.create_table(
        table,
        *(sa.Column(name, _bytewise(length), nullable=False) for name, length in keys.items()),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
    )


def _bytewise(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _count(table: str, key: str) -> None:
    """Of the facts that are there; those that are to be made again are counted then."""
    told = {each: f"COALESCE(f.{each}, '')" for each in (key, "programme")}
    told |= {year: f"SUBSTR(COALESCE(f.{day}, ''), 1, 4)" for year, day in YEARS.items()}
    told |= {"year": "COALESCE(CAST(f.year AS VARCHAR), '')", "target_group": "COALESCE(f.target_group, '')"}
    told |= {"source": "m.source"} | {each: f"COALESCE(f.{each}, '')" for each in ("reason", "late_from")}
    of_money = "FROM case_fact f JOIN case_money m ON m.record = f.record WHERE (m.approved <> 0 OR m.paid <> 0)"
    keys, values = ", ".join(told), ", ".join(told.values())
    counted = f"SELECT {values}, COUNT(*) {of_money} AND {NOT_BEGUN} GROUP BY {values}"
    op.execute(f"INSERT INTO {table} ({keys}, cases) {counted}")
