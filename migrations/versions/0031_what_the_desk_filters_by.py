"""What the desk filters by: indexes that answer without a look at the rows, and villages that are never null

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SUMS = ["promised", "approved", "paid"]
OLD = {
    "case_fact": {
        "ix_case_fact_state": ["state", *SUMS],
        "ix_case_fact_late": ["late_from"],
        "ix_case_fact_budget": ["programme", "year"],
    },
    "household_fact": {
        "ix_household_fact_name": ["sort_key", "household", "area"],
        "ix_household_fact_village": ["area", "sort_key", "household"],
        "ix_household_fact_map": ["lat", "lon", "status", "main", "area", "household"],
    },
    "household_programme": {"ix_household_programme_lacking": ["area", "household"]},
}
NEW = {
    "case_fact": {
        "ix_case_fact_state": ["state", *SUMS, "record"],
        "ix_case_fact_late": ["late_from", "state", *SUMS, "record"],
        "ix_case_fact_budget": ["programme", "year", "state", *SUMS, "record"],
    },
    "household_fact": {
        "ix_household_fact_name": ["sort_key", "household", "area", "search_key"],
        "ix_household_fact_village": [
            "area",
            "sort_key",
            "household",
            "lat",
            "lon",
            "withdrawn",
            "status",
            "main",
        ],
        "ix_household_fact_map": ["lat", "lon", "status", "main", "area", "household", "withdrawn"],
    },
    "household_programme": {"ix_household_programme_lacking": ["area", "household", "lack"]},
}
MORE: list[tuple[str, str, list[str], dict[str, str]]] = [
    ("standing", "ix_standing_village", ["waits", "area", "rank", "since", "record", "survey", "status"], {}),
    ("case_money", "ix_case_money_record", ["record", "source", "approved", "paid"], {}),
    (
        "case_fact", "ix_case_fact_odd", ["area", "sort_key", "record", "state", "since", *SUMS],
        {"sqlite": "doubted = 1", "postgresql": "doubted"},
    ),
    (
        "progress_visit", "ix_progress_visit_of_case", ["case"],
        {"sqlite": '"case" IS NOT NULL', "postgresql": '"case" IS NOT NULL'},
    ),
    (
        "support_case", "ix_support_case_stands", ["need"],
        {"sqlite": "withdrawn = 0", "postgresql": "NOT withdrawn"},
    ),
]  # fmt: skip


WHERE = {"ix_household_programme_lacking": dict.fromkeys(("sqlite", "postgresql"), "lack IS NOT NULL")}


def only(where: dict[str, str]) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(text) for dialect, text in where.items()}


def exchange(new: dict[str, dict[str, list[str]]]) -> None:
    for table, indexes in new.items():
        for name, columns in indexes.items():
            op.drop_index(name, table)
            op.create_index(name, table, columns, **only(WHERE.get(name, {})))


def upgrade() -> None:
    op.execute("UPDATE standing SET area = '' WHERE area IS NULL")
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.alter_column("area", existing_type=sa.String(32), nullable=False)
    exchange(NEW)
    for table, name, columns, where in MORE:
        op.create_index(name, table, columns, **only(where))


def downgrade() -> None:
    for table, name, _columns, _where in reversed(MORE):
        op.drop_index(name, table)
    exchange(OLD)
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.alter_column("area", existing_type=sa.String(32), nullable=True)
    op.execute("UPDATE standing SET area = NULL WHERE area = ''")
