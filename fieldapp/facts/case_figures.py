"""What cases count as in the tables of figures: each a condition on the fact of one case in which nothing is unknown.

All of it is counted beforehand, by village or ethnic group, programme, years and target group of a case: a table over a
province adds up some thousand rows of these. The condition alone says what is counted, there and wherever a list of the
very cases is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate

from fieldapp.facts.case_story import DECIDED, GIVEN_UP, OVER
from fieldapp.facts.tables import (
    CASE_FIGURES,
    CASE_KEYS,
    CASE_NUMBERS,
    CASE_SUMS,
    CASE_TALLY,
    COUNTED_CASE,
    COUNTED_MONEY,
    IDLE_MONEY_TALLY,
    IDLE_TALLY,
    IN_ONE,
    MONEY_TALLY,
    CaseFact,
    CaseMoney,
    CasePaid,
    CaseTallies,
    PaidTally,
)
from fieldapp.facts.tallies import KeptCount, KeptRows

Clause: TypeAlias = sa.ColumnElement[bool]

FACT: Any = CaseFact.__table__
_MONEY: Any = CaseMoney.__table__
_PAID: Any = CasePaid.__table__
REPAIR = "sua_chua"
MAJORITY = "kinh"
LISTED = ("on_village_list", "on_commune_list")
STAGES = {"new": ("1", "2", "3", "4"), "repair": ("1", "2")}
"""The milestones of work that has begun and is not complete."""


def _one_of(column: Any, codes: Iterable[str]) -> Clause:
    """``IN`` in words that need no preparing: a database asks them in half the time."""
    return sa.or_(*(column == code for code in codes))


work_type = sa.func.coalesce(FACT.c.need_type, "")
seen = sa.func.coalesce(FACT.c.milestone, "0")
told = sa.func.coalesce(FACT.c.reason, "")
ALL: Clause = sa.true()
IS_REPAIR: Clause = work_type == REPAIR
IS_NEW: Clause = work_type != REPAIR
IS_DECIDED: Clause = sa.or_(_one_of(FACT.c.state, DECIDED), FACT.c.approved > 0)
IS_OVER: Clause = _one_of(FACT.c.state, OVER)
IS_BLOCKED: Clause = FACT.c.state == "blocked"
IS_UNDECIDED: Clause = FACT.c.approved <= 0


def all_of(*clauses: Clause) -> Clause:
    """All of them, the shortest first: a database asks of a row no more once one does not hold, and what is quickly
    asked tells most columns of a table apart."""
    if len(clauses) == 1:
        return clauses[0]
    return sa.and_(*sorted(clauses, key=lambda clause: sum(1 for _part in iterate(clause))))


def _begun(work: str) -> Clause:
    """Under way: seen at a milestone between the first and the last."""
    return sa.and_(sa.not_(IS_OVER), _one_of(seen, STAGES[work]))


IS_BEGUN: Clause = sa.or_(sa.and_(IS_NEW, _begun("new")), sa.and_(IS_REPAIR, _begun("repair")))
IS_IDLE: Clause = sa.and_(IS_DECIDED, sa.not_(IS_OVER), sa.not_(IS_BEGUN))


def has_mark(mark: str) -> Clause:
    """Whether a case has a mark of :data:`fieldapp.facts.case_story.MARKS`."""
    found: Clause = FACT.c.marks.contains(f" {mark} ")
    return found


def _works() -> dict[str, Clause]:
    found: dict[str, Clause] = {}
    for work, is_of_work in (("new", IS_NEW), ("repair", IS_REPAIR)):
        found |= {f"cases_{work}": is_of_work, f"decided_{work}": all_of(is_of_work, IS_DECIDED)}
        found |= {f"idle_{work}": all_of(is_of_work, IS_IDLE), f"complete_{work}": all_of(is_of_work, IS_OVER)}
        for milestone in STAGES[work]:
            found[f"{work}_{milestone}"] = all_of(is_of_work, IS_DECIDED, _begun(work), seen == milestone)
    return found


def _states() -> dict[str, Clause]:
    found = {code: FACT.c.state == code for code in ("proposed", *LISTED, "returned", "settled", *GIVEN_UP)}
    found |= {f"{code}_undecided": all_of(found[code], IS_UNDECIDED) for code in GIVEN_UP}
    return found | {"blocked_undecided": all_of(IS_BLOCKED, IS_UNDECIDED)}


def _of_papers() -> dict[str, Clause]:
    papers = {mark: all_of(IS_DECIDED, has_mark(mark)) for mark in ("met", "posted", "numbered", "visited", "voucher")}
    without = {f"no_{mark}": all_of(IS_DECIDED, sa.not_(has_mark(mark))) for mark in papers}
    minutes = has_mark("minutes")
    done = {"minutes": all_of(IS_OVER, minutes), "no_minutes": all_of(IS_OVER, sa.not_(minutes))}
    return {**papers, **without, **done, "doubted": all_of(IS_DECIDED, FACT.c.doubted)}


def _of_houses() -> dict[str, Clause]:
    has = {mark: has_mark(mark) for mark in ("large", "hard", "lasting", "fit", "unfit")}
    found = {mark: all_of(IS_OVER, holds) for mark, holds in has.items()}
    return found | {
        "small": all_of(IS_OVER, has_mark("measured"), sa.not_(has["large"])),
        "unmeasured": all_of(IS_OVER, sa.not_(has_mark("measured"))),
        "good": all_of(IS_OVER, has["large"], has["hard"], has["lasting"]),
        "unjudged": all_of(IS_OVER, sa.not_(has["fit"]), sa.not_(has["unfit"])),
    }


_SOME_PAID: Clause = FACT.c.paid > 0
FIGURES: dict[str, Clause] = {
    "cases": ALL,
    **_works(),
    **_states(),
    **_of_papers(),
    **_of_houses(),
    "decided": IS_DECIDED,
    "blocked": all_of(IS_DECIDED, IS_BLOCKED),
    "unpaid": all_of(IS_DECIDED, sa.not_(_SOME_PAID)),
    "in_part": all_of(IS_DECIDED, _SOME_PAID, FACT.c.paid < FACT.c.approved),
    "in_full": all_of(IS_DECIDED, _SOME_PAID, FACT.c.paid >= FACT.c.approved),
    "over_paid": FACT.c.paid > FACT.c.approved,
    "listed": sa.or_(_one_of(FACT.c.state, LISTED), IS_DECIDED),
    "begun": sa.and_(IS_DECIDED, sa.or_(IS_OVER, IS_BEGUN)),
    "complete": IS_OVER,
    "minority": sa.and_(IS_DECIDED, FACT.c.ethnic_group.is_not(None), FACT.c.ethnic_group != MAJORITY),
    "idle_unblocked": all_of(IS_IDLE, sa.not_(IS_BLOCKED)),
    "idle_blocked": all_of(IS_IDLE, IS_BLOCKED),
}
"""What cases are counted as, by the name of the column that keeps the count."""


def _sums_of(rows: Any) -> dict[str, Any]:
    paid = {name: rows.c[name] for name in ("approved", "paid")}
    is_over = counts_as(rows, "complete")
    over = {f"{name}_over": sa.case((is_over, column), else_=_NOTHING) for name, column in paid.items()}
    return {"promised": rows.c.promised, **paid, **over}


_NOTHING: Clause = sa.literal_column("0")
_ASKED_TOGETHER = (
    "idle_new", "complete_new", "new_1", "new_2", "new_3", "new_4", "idle_repair", "complete_repair", "repair_1",
    "repair_2", "settled", "decided", "listed", "begun", "complete", "minority", "idle_unblocked", "idle_blocked",
)  # fmt: skip
"""What the widest table asks, the overview."""
_COUNTED = dict.fromkeys((*_ASKED_TOGETHER, *(name for name in CASE_FIGURES if name not in ("cases", *CASE_SUMS))))
_APART = 21
_PLACES = {name: (place // IN_ONE, _APART * (place % IN_ONE)) for place, name in enumerate(_COUNTED)}
"""Of each by how much a number is shifted for its three neighbours to stand so far apart that one sum counts them all,
up to two million of each; and where in that sum its own count begins."""
_BITS = {name: 1 << sum(place) for name, place in _PLACES.items()}


def counts_as(rows: Any, *names: str) -> Clause:
    """Whether a row of :data:`fieldapp.facts.tables.COUNTED_CASE` or ``COUNTED_MONEY`` counts as any of these."""
    bits: Clause = sa.literal_column(str(sum(_BITS[name] for name in names)))
    found: Clause = rows.c.figures.op("&")(bits) != _NOTHING
    return found


@cache
def number_of(rows: sa.Table, name: str) -> sa.ColumnElement[Any]:
    """What such rows count as by the name of a figure, or add up to by that of a sum. Remembered: the widest table asks
    for some twenty, and to put one together takes as long as to count a thousand cases."""
    if name in CASE_SUMS:
        return whole_sum(_sums_of(rows)[name])
    return sa.func.count() if name == "cases" else _count(rows.c.figures, *_PLACES[name])


def added_up(kept: Any, name: str) -> sa.ColumnElement[Any]:
    """The same of the rows of a table of counts."""
    if name in kept:
        return whole_sum(kept[name])
    number, begins = _PLACES[name]
    return _of_three(whole_sum(kept[CASE_NUMBERS[number]]), begins)


def _count(figures: Any, shift: int, begins: int) -> Any:
    """Databases add up once what is asked for several times in the same words."""
    return _of_three(_three(figures, shift), begins)


def _three(figures: Any, shift: int) -> sa.ColumnElement[Any]:
    """The sum that counts the three neighbours at this place."""
    return whole_sum(figures.op(">>")(_number(shift)).op("&")(_number(1 | 1 << _APART | 1 << 2 * _APART)))


def _of_three(total: Any, begins: int) -> sa.ColumnElement[Any]:
    found: sa.ColumnElement[Any] = total.op(">>")(_number(begins)).op("&")(_number((1 << _APART) - 1))
    return found


def whole_sum(numbers: Any) -> sa.ColumnElement[Any]:
    """Their sum, 0 of none, as a whole number: PostgreSQL adds those of eight bytes up to numbers of any length, which
    take Python three times as long to read."""
    return sa.cast(sa.func.coalesce(sa.func.sum(numbers), _NOTHING), sa.BigInteger)


def _number(value: int) -> Any:
    return sa.literal_column(str(value))


def is_idle_in(rows: Any) -> Clause:
    """Decided and not begun."""
    return counts_as(rows, "idle_new", "idle_repair")


def _figures() -> Any:
    bits = (sa.case((FIGURES[name], sa.literal_column(str(bit))), else_=_NOTHING) for name, bit in _BITS.items())
    return sum(bits, sa.cast(_NOTHING, sa.BigInteger))


def _text(column: Any) -> Any:
    return sa.func.coalesce(column, "")


_YEAR = sa.func.coalesce(sa.cast(FACT.c.year, sa.String), "")
_TOLD = (
    FACT.c.record,
    *(_text(FACT.c[name]) for name in ("ethnic_group", "programme")),
    _YEAR,
    *(_text(FACT.c[name]) for name in ("target_group", "proposed_on", "decided_on", "completed_on")),
    told,
    _text(FACT.c.late_from),
    FACT.c.promised,
)
_WITH_MONEY, _IS_MONEY = (
    FACT.join(_MONEY, _MONEY.c.record == FACT.c.record),
    sa.or_(_MONEY.c.approved != 0, _MONEY.c.paid != 0),
)
ONE_BY_ONE = (
    KeptRows(
        COUNTED_CASE,
        sa.select(_text(FACT.c.area), *_TOLD, FACT.c.approved, FACT.c.paid, _figures()),
        FACT.c.record,
    ),
    KeptRows(
        COUNTED_MONEY,
        sa.select(_text(FACT.c.area), _MONEY.c.source, *_TOLD, _MONEY.c.approved, _MONEY.c.paid, _figures())
        .select_from(_WITH_MONEY)
        .where(_IS_MONEY),
        FACT.c.record,
    ),
)


def _keys(rows: Any) -> tuple[Any, ...]:
    """Those of :data:`CASE_KEYS`."""
    years = (sa.func.substr(rows.c[f"{name}_on"], *map(sa.literal_column, "14"))
             for name in ("proposed", "decided", "completed"))  # fmt: skip
    return rows.c.area, rows.c.ethnic_group, rows.c.programme, *years, rows.c.year, rows.c.target_group


def _counted(tables: CaseTallies, rows: Any, *more: str) -> KeptCount:
    """``more``: keys beside the ones of every case."""
    keys, is_idle = (*_keys(rows), *(rows.c[name] for name in more)), tables in (IDLE_TALLY, IDLE_MONEY_TALLY)
    counts = [number_of(rows, name) for name in (("cases",) if is_idle else ("cases", *CASE_SUMS))]
    counts += [] if is_idle else [_three(rows.c.figures, place) for place in range(len(CASE_NUMBERS))]
    query = sa.select(*keys, *counts)
    query = query.where(is_idle_in(rows)) if is_idle else query
    return KeptCount(*tables, of_all=[query.group_by(*keys)], keys=(*CASE_KEYS, *more), of=rows.c.record)


_OF_MONTH = (_PAID.c.month, _PAID.c.source, _text(FACT.c.programme), _YEAR)
TALLIES = (
    _counted(CASE_TALLY, COUNTED_CASE),
    _counted(MONEY_TALLY, COUNTED_MONEY, "source"),
    _counted(IDLE_TALLY, COUNTED_CASE, "reason", "late_from"),
    _counted(IDLE_MONEY_TALLY, COUNTED_MONEY, "source", "reason", "late_from"),
    KeptCount(
        PaidTally.__table__,
        of_all=[
            sa.select(*_OF_MONTH, sa.func.sum(_PAID.c.vouchers), sa.func.sum(_PAID.c.amount))
            .select_from(FACT.join(_PAID, _PAID.c.record == FACT.c.record))
            .group_by(*_OF_MONTH)
        ],
        of=FACT.c.record,
    ),
)
"""What is counted of all cases, of what :data:`ONE_BY_ONE` keeps of each."""
