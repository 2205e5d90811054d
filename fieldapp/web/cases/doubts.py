"""What a person should look at about cases, decisions and money, each once: it came about where nobody could know."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp.cases import budget
from fieldapp.cases.chain import ChainDoubt
from fieldapp.db import db
from fieldapp.facts.searching import unindexed
from fieldapp.facts.tables import CaseFact, StrayPayment
from fieldapp.people import Areas, within_areas
from fieldapp.surveys import Household, Payment
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in
from fieldapp.web.cases import decisions, words
from fieldapp.web.cases.listing import bp, lines

PAGE = 50
FACT: Any = CaseFact.__table__
STRAY: Any = StrayPayment.__table__


class DecisionDoubt(NamedTuple):
    """A doubt about decisions: the sentence, and each with its number and day."""

    sentence: str
    decisions: list[tuple[str, str]]


class StrayLine(NamedTuple):
    """A payment that is in no sum, as its case is not here: its own page, whom it went to and where, and its đồng."""

    payment: str
    voucher: str
    name: str
    where: str
    amount: int


@bp.get("/cases/doubts")
@signed_in("keep_case")
def doubts() -> ResponseReturnValue:
    """All of them, the cases paged."""
    count = count_cases(my_areas())
    last = max(1, -(-count // PAGE))
    number = asked.query.page(last)
    query = within_areas(sa.select(FACT.c.record).where(FACT.c.doubted), FACT.c.area, my_areas())
    query = query.order_by(unindexed(FACT.c.since), FACT.c.record).limit(PAGE).offset((number - 1) * PAGE)
    return render_template(
        "cases/doubts.html",
        lines=lines(list(db.session.scalars(query))),
        count=count,
        number=number,
        last=last,
        page_url=lambda page: url_for("cases.doubts", page=page),
        decisions=_of_decisions(),
        over=[(one, words.programme_name(one.given.programme)) for one in budget.over_promised()],
        away=[(one, words.programme_name(one.given.programme)) for one in budget.taken_away()],
        strays=_strays(),
        place_name=words.place_name,
    )


def count_cases(areas: Areas) -> int:
    """How many cases have something to be looked at."""
    query = within_areas(sa.select(sa.func.count()).select_from(FACT).where(FACT.c.doubted), FACT.c.area, areas)
    return db.session.scalar(query) or 0


def count_all(areas: Areas) -> int:
    """The same with the decisions, the allocations, and the payments without a case."""
    of_money = len(budget.over_promised()) + len(budget.taken_away()) + _count_strays(areas)
    return count_cases(areas) + len(_seen()) + of_money


def _count_strays(areas: Areas) -> int:
    query = within_areas(sa.select(sa.func.count()).select_from(STRAY), STRAY.c.area, areas)
    return db.session.scalar(query) or 0


def _strays() -> list[StrayLine]:
    """The first of them: should more than a page of cases be missing, they come back together."""
    entry, home = Payment.__table__.c, Household.__table__.c
    query = sa.select(STRAY.c.payment, STRAY.c.area, STRAY.c.amount, entry.voucher, home.head_name)
    query = query.join_from(STRAY, Payment, entry.id == STRAY.c.payment)
    query = within_areas(query.outerjoin(Household, home.id == entry.household), STRAY.c.area, my_areas())
    found = db.session.execute(query.order_by(STRAY.c.payment).limit(PAGE))
    return [
        StrayLine(
            row.payment,
            row.voucher or "",
            shown.head_of(row.head_name, row.area, known=row.head_name is not None),
            shown.place_line(row.area),
            row.amount,
        )
        for row in found
    ]


def _seen() -> list[ChainDoubt]:
    """The doubts about decisions of which the person sees a case."""
    if not decisions.doubts():
        return []
    mine = {row.id for row in decisions.seen_by(my_areas())}
    return [one for one in decisions.doubts() if mine & {one.decision, *one.others}]


def _of_decisions() -> list[DecisionDoubt]:
    rows = {row.id: row for row in decisions.seen_by(my_areas())}
    return [
        DecisionDoubt(
            str(decisions.DOUBTS[one.code]),
            [(id, _called(rows[id])) for id in (one.decision, *one.others) if id in rows],
        )
        for one in _seen()
    ]


def _called(row: Any) -> str:
    return f"{row.number or '…'} ({show_date(row.decided_on) if row.decided_on else '…'})"
