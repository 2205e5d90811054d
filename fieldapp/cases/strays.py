"""What was entered for a case and counts for nothing: payments in no sum, and visits of a case that was withdrawn."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.searching import usual
from fieldapp.facts.tables import CaseFact, StrayPayment
from fieldapp.people import Areas, within_areas
from fieldapp.surveys import Household, Payment, ProgressVisit, SupportCase, questions
from fieldapp.surveys.payment import BACK, UNSUMMED

_STRAY: Any = StrayPayment.__table__
_PAYMENT: Any = Payment.__table__
_VISIT: Any = ProgressVisit.__table__
_CASE: Any = SupportCase.__table__
SUMMED_BY = ("case", "fund_source", "amount", "paid_on")


class Stray(NamedTuple):
    """One such record: its household as far as it is here, its village, its number or day, and its amount in đồng, less
    than nothing of a counter-entry; ``missing``: the questions of it without an answer; ``case``: the one it names."""

    record: str
    head_name: str | None
    area: str | None
    told: str
    amount: int
    missing: tuple[str, ...] = ()
    case: str = ""


def without_case(areas: Areas, most: int) -> list[Stray]:
    """The payments whose case is not here."""
    query = sa.select(_STRAY.c.payment, Household.head_name, _STRAY.c.area, _PAYMENT.c.voucher, _STRAY.c.amount)
    query = query.join_from(StrayPayment, Payment, _PAYMENT.c.id == _STRAY.c.payment)
    query = within_areas(query.outerjoin(Household, Household.id == _PAYMENT.c.household), _STRAY.c.area, areas)
    return [Stray(*row) for row in db.session.execute(query.order_by(_STRAY.c.payment).limit(most))]


def incomplete(areas: Areas, most: int) -> list[Stray]:
    """The payments that do not say all by which they are summed up."""
    known = questions("payment")
    asked = sa.select(_PAYMENT, Household.head_name).outerjoin(Household, Household.id == _PAYMENT.c.household)
    rows = db.session.execute(_incomplete(asked, areas).order_by(_PAYMENT.c.id).limit(most)).mappings()
    return [
        Stray(
            row["id"],
            row["head_name"],
            row["area"],
            row["voucher"] or "",
            (row["amount"] or 0) * (-1 if row["entry"] == BACK else 1),
            tuple(str(known[name].short) for name in SUMMED_BY if row[name] is None),
        )
        for row in rows
    ]


def _incomplete(query: Any, areas: Areas) -> Any:
    return within_areas(query.where(UNSUMMED, sa.not_(_PAYMENT.c.withdrawn)), usual(_PAYMENT.c.area), areas)


def visits_for_nothing(areas: Areas, most: int) -> list[Stray]:
    """The visits of a case that was withdrawn, and of which nothing is left."""
    asked = sa.select(_VISIT.c.id, Household.head_name, _VISIT.c.area, _VISIT.c.visited_on, _CASE.c.id.label("case"))
    query = _of_withdrawn(asked, areas).outerjoin(Household, Household.id == _VISIT.c.household)
    rows = db.session.execute(query.order_by(usual(_VISIT.c.id)).limit(most))
    return [Stray(row.id, row.head_name, row.area, row.visited_on or "", 0, case=row.case) for row in rows]


def _of_withdrawn(query: Any, areas: Areas) -> Any:
    nothing_left = sa.not_(sa.exists().where(CaseFact.record == _CASE.c.id))
    query = query.join_from(SupportCase, ProgressVisit, _VISIT.c["case"] == _CASE.c.id)
    query = query.where(_CASE.c.withdrawn, nothing_left, sa.not_(_VISIT.c.withdrawn))
    return within_areas(query, usual(_VISIT.c.area), areas)


def count(areas: Areas) -> int:
    """How many there are of all of these."""
    number = sa.func.count()
    asked = (
        within_areas(sa.select(number).select_from(StrayPayment), _STRAY.c.area, areas),
        _incomplete(sa.select(number).select_from(Payment), areas),
        _of_withdrawn(sa.select(number), areas),
    )
    return sum(db.session.scalar(query) or 0 for query in asked)
