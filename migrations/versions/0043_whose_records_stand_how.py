"""Whose records stand how

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What lists and tables of cases are narrowed and sorted by is in their indexes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

VILLAGE = ("area", "sort_key", "record")
REPORT = (
    "area", "state", "need_type", "milestone", "reason", "late_from",
    "promised", "approved", "paid", "proposed_on", "decided_on", "completed_on",
    "marks", "doubted", "programme", "record",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("standing", sa.Column("author", sa.String(64), server_default="", nullable=False))
    _fill()
    columns = ["author", "since", "record", "area", "status", "survey"]
    op.create_index("ix_standing_author", "standing", columns)
    _index("village", *VILLAGE, "state", "programme")
    _index("report", *REPORT, "ethnic_group", "target_group", "year")


def downgrade() -> None:
    op.drop_index("ix_standing_author", "standing")
    op.drop_column("standing", "author")
    _index("village", *VILLAGE)
    _index("report", *REPORT)


def _fill() -> None:
    """The survey of a record is the name of its table."""
    for survey in op.get_bind().scalars(sa.text("SELECT DISTINCT survey FROM standing")).all():
        table = sa.table(survey, sa.column("id"), sa.column("author"))
        standing = sa.table("standing", sa.column("record"), sa.column("survey"), sa.column("author"))
        own = sa.select(table.c.author).where(table.c.id == standing.c.record).scalar_subquery()
        op.execute(sa.update(standing).where(standing.c.survey == survey).values(author=sa.func.coalesce(own, "")))


def _index(name: str, *columns: str) -> None:
    op.drop_index(f"ix_case_fact_{name}", "case_fact")
    op.create_index(f"ix_case_fact_{name}", "case_fact", list(columns))
