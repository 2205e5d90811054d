"""Counts of cases kept beside their facts

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
The facts of cases are emptied: they are made again from the records, and counted, before anybody asks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KEYS = {"area": 32, "programme": 36, "proposed_in": 4, "decided_in": 4, "completed_in": 4}
FIGURES = (
    "cases", "promised", "approved", "paid", "approved_over", "paid_over",
    "cases_new", "decided_new", "idle_new", "complete_new", "new_1", "new_2", "new_3", "new_4",
    "cases_repair", "decided_repair", "idle_repair", "complete_repair", "repair_1", "repair_2",
    "proposed", "on_village_list", "on_commune_list", "returned", "settled", "refused", "withdrawn",
    "refused_undecided", "withdrawn_undecided", "blocked_undecided",
    "met", "posted", "numbered", "visited", "voucher",
    "no_met", "no_posted", "no_numbered", "no_visited", "no_voucher", "minutes", "no_minutes", "doubted",
    "large", "hard", "lasting", "fit", "unfit", "small", "unmeasured", "good", "unjudged",
    "decided", "blocked", "unpaid", "in_part", "in_full", "over_paid", "listed", "begun", "complete", "minority",
    "idle_unblocked", "idle_blocked",
)  # fmt: skip
TABLES = {
    "case_tally": ({}, FIGURES),
    "money_tally": ({"source": 40}, ("cases", "approved", "paid")),
    "idle_tally": ({"reason": 40}, ("cases",)),
}


def _key(name: str, length: int) -> sa.Column:
    kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    for table, (more, counts) in TABLES.items():
        keys = KEYS | more
        op.create_table(
            table,
            *(_key(name, length) for name, length in keys.items()),
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        )
    for table in map(sa.table, ("case_fact", "case_money", "case_part")):
        op.execute(sa.delete(table))


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
