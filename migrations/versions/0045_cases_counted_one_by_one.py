"""Cases counted one by one

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

KEYS = {"counted_case": {"area": 32}, "counted_money": {"area": 32, "source": 40}}
TOLD = {
    "ethnic_group": 40, "programme": 36, "year": 20, "target_group": 40,
    "proposed_on": 40, "decided_on": 40, "completed_on": 40, "reason": 40, "late_from": 40,
}  # fmt: skip
NUMBERS = ("promised", "approved", "paid", "figures")


def upgrade() -> None:
    for table, keys in KEYS.items():
        op.create_table(
            table,
            *(_text(name, length) for name, length in keys.items()),
            sa.Column("record", sa.String(36), nullable=False),
            *(_text(name, length) for name, length in TOLD.items()),
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in NUMBERS),
            sa.PrimaryKeyConstraint(*keys, "record", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
        _count(table, by_source="source" in keys)
        op.create_index(op.f(f"ix_{table}_record"), table, ["record"])


def downgrade() -> None:
    for table in KEYS:
        op.drop_table(table)


def _text(name: str, length: int) -> sa.Column:
    kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


# --- of the facts that are there; those that are to be made again are counted then ----------------------------------

WORK = "COALESCE(f.need_type, '')"
SEEN = "COALESCE(f.milestone, '0')"
NEW, REPAIR = f"{WORK} <> 'sua_chua'", f"{WORK} = 'sua_chua'"
DECIDED = "(f.state IN ('approved', 'started', 'complete', 'settled') OR f.approved > 0)"
OVER = "f.state IN ('complete', 'settled')"
BEGUN = f"(NOT {OVER} AND ({NEW} AND {SEEN} IN ('1', '2', '3', '4') OR {REPAIR} AND {SEEN} IN ('1', '2')))"
IDLE = f"({DECIDED} AND NOT {OVER} AND NOT {BEGUN})"
STATES = ("proposed", "on_village_list", "on_commune_list", "returned", "settled", "refused", "withdrawn")
PAPERS = ("met", "posted", "numbered", "visited", "voucher")


def _has(mark: str) -> str:
    return f"f.marks LIKE '% {mark} %'"


def _of_work(holds: str, milestones: str) -> list[str]:
    first = [holds, f"{holds} AND {DECIDED}", f"{holds} AND {IDLE}", f"{holds} AND {OVER}"]
    return first + [f"{holds} AND {DECIDED} AND {BEGUN} AND {SEEN} = '{each}'" for each in milestones]


def _figures() -> list[str]:
    """What a case is counted as, in the order of the bits."""
    return [
        *_of_work(NEW, "1234"),
        *_of_work(REPAIR, "12"),
        *(f"f.state = '{state}'" for state in STATES),
        *(f"f.state = '{state}' AND f.approved <= 0" for state in ("refused", "withdrawn", "blocked")),
        *(f"{DECIDED} AND {_has(mark)}" for mark in PAPERS),
        *(f"{DECIDED} AND NOT {_has(mark)}" for mark in PAPERS),
        f"{OVER} AND {_has('minutes')}",
        f"{OVER} AND NOT {_has('minutes')}",
        f"{DECIDED} AND f.doubted",
        *(f"{OVER} AND {_has(mark)}" for mark in ("large", "hard", "lasting", "fit", "unfit")),
        f"{OVER} AND {_has('measured')} AND NOT {_has('large')}",
        f"{OVER} AND NOT {_has('measured')}",
        f"{OVER} AND {_has('large')} AND {_has('hard')} AND {_has('lasting')}",
        f"{OVER} AND NOT {_has('fit')} AND NOT {_has('unfit')}",
        DECIDED,
        f"{DECIDED} AND f.state = 'blocked'",
        f"{DECIDED} AND f.paid <= 0",
        f"{DECIDED} AND f.paid > 0 AND f.paid < f.approved",
        f"{DECIDED} AND f.paid > 0 AND f.paid >= f.approved",
        "f.paid > f.approved",
        f"f.state IN ('on_village_list', 'on_commune_list') OR {DECIDED}",
        f"{DECIDED} AND ({OVER} OR {BEGUN})",
        OVER,
        f"{DECIDED} AND f.ethnic_group IS NOT NULL AND f.ethnic_group <> 'kinh'",
        f"{IDLE} AND f.state <> 'blocked'",
        f"{IDLE} AND f.state = 'blocked'",
    ]


def _count(table: str, by_source: bool) -> None:
    bits = " + ".join(
        f"CASE WHEN {holds} THEN {1 << place // 2 + 31 * (place % 2)} ELSE 0 END"
        for place, holds in enumerate(_figures())
    )
    told = ", ".join("COALESCE(CAST(f.year AS VARCHAR), '')" if name == "year" else f"COALESCE(f.{name}, '')"
                     for name in TOLD)  # fmt: skip
    source, money = ("m.source, ", "m") if by_source else ("", "f")
    rows = "case_fact f"
    if by_source:
        rows += " JOIN case_money m ON m.record = f.record WHERE (m.approved <> 0 OR m.paid <> 0)"
    numbers = f"f.promised, {money}.approved, {money}.paid, CAST(0 AS BIGINT) + {bits}"
    op.execute(f"INSERT INTO {table} SELECT COALESCE(f.area, ''), {source}f.record, {told}, {numbers} FROM {rows}")  # noqa: S608  names and words of our own
