"""What cases count as in the tables of figures: each a condition on the fact of one case in which nothing is unknown.

All of it is counted beforehand, by village or ethnic group, programme, years and target group of a case: a table over a
province adds up some thousand rows of these. The condition alone says what is counted, there and wherever a list of the
very cases is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate

from fieldapp.facts.case_story import DECIDED, GIVEN_UP, OVER
from fieldapp.facts.tables import (
    CASE_FIGURES,
    CASE_KEYS,
    CASE_TALLY,
    IDLE_MONEY_TALLY,
    IDLE_TALLY,
    MONEY_TALLY,
    CaseFact,
    CaseMoney,
    CasePaid,
    CaseTallies,
    PaidTally,
)
from fieldapp.facts.tallies import KeptCount

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


def _sums_of(money: Any) -> dict[str, Any]:
    paid = {name: money.c[name] for name in ("approved", "paid")}
    over = {f"{name}_over": sa.case((IS_OVER, column), else_=sa.literal_column("0")) for name, column in paid.items()}
    return {"promised": FACT.c.promised, **paid, **over}


SUMS = _sums_of(FACT)
"""What is added up of them, in đồng; ``_over``: of those whose house is complete."""


def _year(day: Any) -> Any:
    return sa.func.substr(sa.func.coalesce(day, ""), sa.literal_column("1"), sa.literal_column("4"))


_PROGRAMME, _MONEY_YEAR = sa.func.coalesce(FACT.c.programme, ""), sa.func.coalesce(sa.cast(FACT.c.year, sa.String), "")
_KEYS = (
    *(sa.func.coalesce(FACT.c[name], "") for name in ("area", "ethnic_group")),
    _PROGRAMME,
    *(_year(FACT.c[name]) for name in ("proposed_on", "decided_on", "completed_on")),
    _MONEY_YEAR,
    sa.func.coalesce(FACT.c.target_group, ""),
)
"""Those of :data:`CASE_KEYS`."""


def _kept(name: str, sums: Mapping[str, Any] = SUMS) -> Any:
    if name in sums:
        return sa.func.sum(sums[name])
    holds = sa.case((FIGURES[name], sa.literal_column("1")), else_=sa.literal_column("0"))
    return sa.func.count() if name == "cases" else sa.func.sum(holds)


def _counted(tables: CaseTallies, query: sa.Select[Any], *keys: Any) -> KeptCount:
    """``keys``: those beside the ones of every case, each labelled."""
    names = (*CASE_KEYS, *(key.name for key in keys))
    return KeptCount(*tables, of_all=[query.group_by(*_KEYS, *keys)], keys=names, of=FACT.c.record)


_SOURCE, _REASON = _MONEY.c.source, told.label("reason")
_LATE = sa.func.coalesce(FACT.c.late_from, "").label("late_from")
_OF_MONEY = _sums_of(_MONEY)
_WITH_MONEY, _IS_MONEY = (
    FACT.join(_MONEY, _MONEY.c.record == FACT.c.record),
    sa.or_(_MONEY.c.approved != 0, _MONEY.c.paid != 0),
)
_OF_MONTH = (_PAID.c.month, _PAID.c.source, _PROGRAMME, _MONEY_YEAR)
TALLIES = (
    _counted(CASE_TALLY, sa.select(*_KEYS, *map(_kept, CASE_FIGURES))),
    _counted(
        MONEY_TALLY,
        sa.select(*_KEYS, _SOURCE, *(_kept(name, _OF_MONEY) for name in CASE_FIGURES))
        .select_from(_WITH_MONEY)
        .where(_IS_MONEY),
        _SOURCE,
    ),
    _counted(IDLE_TALLY, sa.select(*_KEYS, _REASON, _LATE, sa.func.count()).where(IS_IDLE), _REASON, _LATE),
    _counted(
        IDLE_MONEY_TALLY,
        sa.select(*_KEYS, _SOURCE, _REASON, _LATE, sa.func.count())
        .select_from(_WITH_MONEY)
        .where(_IS_MONEY, IS_IDLE),
        _SOURCE,
        _REASON,
        _LATE,
    ),
    KeptCount(
        PaidTally.__table__,
        of_all=[
            sa.select(*_OF_MONTH, sa.func.sum(_PAID.c.vouchers), sa.func.sum(_PAID.c.amount))
            .select_from(FACT.join(_PAID, _PAID.c.record == FACT.c.record))
            .group_by(*_OF_MONTH)
        ],
        of=FACT.c.record,
    ),
)  # fmt: skip
