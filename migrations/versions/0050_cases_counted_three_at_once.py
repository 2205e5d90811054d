"""Cases counted three at once

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
The bits that say as what a case counts stand in other places, and in SQLite the counts by village and
ethnic group lie in the order of their keys.
"""

from collections.abc import Sequence

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

ONE_BY_ONE = ("counted_case", "counted_money")
COUNTS = tuple(
    f"{name}_by_{by}" for name in ("cases", "money", "idle", "idle_money") for by in ("village", "ethnic_group")
)
BEFORE = (
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
FIRST = (
    "idle_new", "complete_new", "new_1", "new_2", "new_3", "new_4", "idle_repair", "complete_repair", "repair_1",
    "repair_2", "settled", "decided", "listed", "begun", "complete", "minority", "idle_unblocked", "idle_blocked",
)  # fmt: skip
AFTER = (*FIRST, *(name for name in BEFORE if name not in FIRST))


def upgrade() -> None:
    _move(_places(BEFORE, 2, 31), _places(AFTER, 3, 21))
    _lie_by_their_keys(rowid=False)


def downgrade() -> None:
    _lie_by_their_keys(rowid=True)
    _move(_places(AFTER, 3, 21), _places(BEFORE, 2, 31))


def _places(names: Sequence[str], in_one: int, apart: int) -> dict[str, int]:
    return {name: place // in_one + apart * (place % in_one) for place, name in enumerate(names)}


def _move(before: dict[str, int], after: dict[str, int]) -> None:
    bits = " + ".join(f"(((figures >> {place}) & 1) << {after[name]})" for name, place in before.items())
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in ONE_BY_ONE:
        if is_sqlite:
            op.execute(f"UPDATE {table} SET figures = {bits}")  # noqa: S608  names and numbers of our own
        else:  # writes the table anew, where UPDATE would leave each row twice
            op.execute(f"ALTER TABLE {table} ALTER COLUMN figures TYPE BIGINT USING {bits}")


def _lie_by_their_keys(*, rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in COUNTS:
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_with_rowid": rowid}):
            pass
