"""Cases counted by all that reports ask

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
The facts of cases are emptied: they are made again from the records, and counted, before anybody asks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

YEARS = {"proposed_in": 4, "decided_in": 4, "completed_in": 4}
PLACES = {"by_village": {"area": 32}, "by_ethnic_group": {"ethnic_group": 40}}
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
COUNTED = {
    "cases": ({}, FIGURES),
    "money": ({"source": 40}, FIGURES),
    "idle": ({"reason": 40, "late_from": 40}, ("cases",)),
}
BEFORE = {
    "case_tally": ({}, FIGURES),
    "money_tally": ({"source": 40}, ("cases", "approved", "paid")),
    "idle_tally": ({"reason": 40}, ("cases",)),
}


def _create(table: str, keys: dict[str, int], counts: tuple[str, ...]) -> None:
    op.create_table(
        table,
        *(_key(name, length) for name, length in keys.items()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
    )


def _key(name: str, length: int) -> sa.Column:
    kind = sa.String(length)
    if name != "record":  # which is compared with those of other tables
        kind = kind.with_variant(sa.String(length, collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _empty_the_facts() -> None:
    for table in map(sa.table, ("case_fact", "case_money", "case_part")):
        op.execute(sa.delete(table))


def upgrade() -> None:
    for table in BEFORE:
        op.drop_table(table)
    shared = {"programme": 36, **YEARS, "year": 20, "target_group": 40}
    for name, (more, counts) in COUNTED.items():
        for place, key in PLACES.items():
            _create(f"{name}_{place}", key | shared | more, counts)
    vouchers = ("vouchers", "amount")
    _create("case_paid", {"record": 36, "month": 7, "source": 40}, vouchers)
    _create("paid_by_month", {"month": 7, "source": 40, "programme": 36, "year": 20}, vouchers)
    _empty_the_facts()


def downgrade() -> None:
    op.drop_table("paid_by_month")
    op.drop_table("case_paid")
    for name in COUNTED:
        for place in PLACES:
            op.drop_table(f"{name}_{place}")
    for table, (more, counts) in BEFORE.items():
        _create(table, {"area": 32, "programme": 36, **YEARS, **more}, counts)
    _empty_the_facts()
