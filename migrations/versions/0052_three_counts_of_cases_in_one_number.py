"""Three counts of cases in one number

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

PROPER = {"village": ("area", 32), "ethnic_group": ("ethnic_group", 40)}
SHARED = {"programme": 36, "proposed_in": 4, "decided_in": 4, "completed_in": 4, "year": 20, "target_group": 40}
MORE: dict[str, dict[str, int]] = {"cases": {}, "money": {"source": 40}}
SUMS = ("cases", "promised", "approved", "paid", "approved_over", "paid_over")
COUNTS = (
    "idle_new", "complete_new", "new_1", "new_2", "new_3", "new_4", "idle_repair", "complete_repair", "repair_1",
    "repair_2", "settled", "decided", "listed", "begun", "complete", "minority", "idle_unblocked", "idle_blocked",
    "cases_new", "decided_new", "cases_repair", "decided_repair", "proposed", "on_village_list", "on_commune_list",
    "returned", "refused", "withdrawn", "refused_undecided", "withdrawn_undecided", "blocked_undecided",
    "met", "posted", "numbered", "visited", "voucher",
    "no_met", "no_posted", "no_numbered", "no_visited", "no_voucher", "minutes", "no_minutes", "doubted",
    "large", "hard", "lasting", "fit", "unfit", "small", "unmeasured", "good", "unjudged",
    "blocked", "unpaid", "in_part", "in_full", "over_paid",
)  # fmt: skip
IN_ONE, APART = 3, 21
NUMBERS = tuple(f"count_{place}" for place in range(-(-len(COUNTS) // IN_ONE)))


def upgrade() -> None:
    packed = {number: [] for number in NUMBERS}
    for place, name in enumerate(COUNTS):
        packed[NUMBERS[place // IN_ONE]].append(f"({name} << {APART * (place % IN_ONE)})")
    _made_anew({name: " + ".join(parts) for name, parts in packed.items()})


def downgrade() -> None:
    places = {name: (NUMBERS[place // IN_ONE], APART * (place % IN_ONE)) for place, name in enumerate(COUNTS)}
    most = (1 << APART) - 1
    _made_anew({name: f"({number} >> {begins}) & {most}" for name, (number, begins) in places.items()})


def _made_anew(values: dict[str, str]) -> None:
    """The tables with these columns of counts, each of what those of before say."""
    for kind, more in MORE.items():
        for name, (key, length) in PROPER.items():
            table, keys = f"{kind}_by_{name}", {key: length, **SHARED, **more}
            op.execute(f"CREATE TABLE before_{table} AS SELECT * FROM {table}")  # noqa: S608  names of our own
            op.drop_table(table)
            _create(table, keys, (*SUMS, *values))
            told = ", ".join((*keys, *SUMS, *values.values()))
            op.execute(f"INSERT INTO {table} SELECT {told} FROM before_{table}")  # noqa: S608  names of our own
            op.drop_table(f"before_{table}")


def _create(table: str, keys: dict[str, int], counts: Sequence[str]) -> None:
    op.create_table(
        table,
        *(sa.Column(name, _bytewise(length), nullable=False) for name, length in keys.items()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )


def _bytewise(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
