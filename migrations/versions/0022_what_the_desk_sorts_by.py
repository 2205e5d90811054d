"""What the desk sorts, counts and draws by: indexes of the facts, and the name beside each case

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NEW = {
    "standing": {
        "ix_standing_age": ["waits", "since", "record", "area", "survey", "status"],
        "ix_standing_household": ["household", "survey", "waits", "status", "area", "record"],
        "ix_standing_survey": ["survey", "status", "area", "record"],
        "ix_standing_tally": ["area", "status", "since", "survey"],
    },
    "case_fact": {
        "ix_case_fact_list": ["area", "programme", "state", "promised", "approved", "paid"],
        "ix_case_fact_state": ["state", "promised", "approved", "paid"],
        "ix_case_fact_name": ["sort_key", "record", "area", "state", "programme"],
        "ix_case_fact_village": ["area", "sort_key", "record"],
        "ix_case_fact_since": ["since", "record", "area", "state", "programme"],
        "ix_case_fact_late": ["late_from"],
    },
    "case_money": {"ix_case_money_source": ["source", "approved", "paid"]},
}
OLD = {
    "standing": {"ix_standing_household": ["household"], "ix_standing_tally": ["area", "survey", "status", "since"]},
    "case_fact": {
        "ix_case_fact_list": ["area", "programme", "state", "since"],
        "ix_case_fact_state": ["state", "since"],
    },
    "case_money": {},
}
LACKING = sa.text("lack IS NOT NULL")


def bytewise() -> sa.types.TypeEngine[str]:
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


def exchange(old: dict[str, dict[str, list[str]]], new: dict[str, dict[str, list[str]]]) -> None:
    for table, indexes in new.items():
        for name in old[table]:
            op.drop_index(name, table)
        for name, columns in indexes.items():
            op.create_index(name, table, columns)


def upgrade() -> None:
    op.add_column("case_fact", sa.Column("sort_key", bytewise(), nullable=False, server_default=""))
    of_it = "(SELECT sort_key FROM household WHERE household.id = case_fact.household)"
    op.execute(f"UPDATE case_fact SET sort_key = coalesce({of_it}, '')")  # noqa: S608  nothing of it is anybody's
    exchange(OLD, NEW)
    op.create_index(
        "ix_household_programme_lacking",
        "household_programme",
        ["household", "area"],
        sqlite_where=LACKING,
        postgresql_where=LACKING,
    )


def downgrade() -> None:
    op.drop_index("ix_household_programme_lacking", "household_programme")
    exchange(NEW, OLD)
    with op.batch_alter_table("case_fact", schema=None) as batch_op:
        batch_op.drop_column("sort_key")
