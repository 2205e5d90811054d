"""Decisions on the desk: the list of them, and what is to be looked at about all of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, Flask, g, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import people
from fieldapp.cases import chain
from fieldapp.cases.chain import ChainDoubt
from fieldapp.db import db
from fieldapp.facts.plan import plan_of, sums_of
from fieldapp.facts.tables import CaseDecision, CaseFact
from fieldapp.i18n import _l, language
from fieldapp.people import Areas
from fieldapp.surveys import SupportDecision, choices
from fieldapp.vietnamese import show_date
from fieldapp.web import asked
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.cases import words
from sync.statements import among

bp = Blueprint("decisions", __name__, url_prefix="/decisions")

PAGE = 50
NAMED: Any = CaseDecision.__table__
FACT: Any = CaseFact.__table__
TABLE: Any = SupportDecision.__table__
LOOKS = {chain.DRAFT: "waiting", chain.SIGNED: "approved", chain.TAKEN_BACK: "withdrawn"}
DOUBTS = {
    "altered": _l("What it says, or what one of its cases keeps of it, is not what was signed."),
    "lost_before": _l("The decision before it is not here: it has not arrived yet, or it was taken out."),
    "fork": _l("Two decisions of this office came about apart, neither knowing of the other. The next one names both."),
    "same_number": _l("Another decision of this office has the same number in the same year."),
}


class ListedDecision(NamedTuple):
    """One decision in a list."""

    id: str
    number: str
    day: str
    office: str
    programme: str
    state: str
    cases: int
    amount: int
    doubts: list[str]


def init_app(app: Flask) -> None:
    """What the templates of decisions may call."""
    app.jinja_env.globals.update(decision_state=state_label, decision_look=LOOKS.get, show_day=show_date)


def state_label(state: str | None) -> str:
    """A state in words."""
    return choices.label("decision_state", state or "", language())


@bp.get("/")
@signed_in("see")
def listing() -> ResponseReturnValue:
    """The decisions of which the person sees a case, the newest first."""
    rows = seen_by(my_areas())
    last = max(1, -(-len(rows) // PAGE))
    number = asked.query.page(last)
    return render_template(
        "decisions/list.html",
        lines=[_listed(row) for row in rows[(number - 1) * PAGE : number * PAGE]],
        count=len(rows),
        number=number,
        last=last,
        page_url=lambda page: url_for("decisions.listing", page=page),
        may_decide=may_decide(),
    )


def may_decide() -> bool:
    """Whether the person may draw up decisions."""
    return people.may(me(), "decide_support")


def seen_by(areas: Areas) -> list[Any]:
    """The decisions of which a case lies in these areas, and the person's own; drafts first, then the newest."""
    names = ("id", "number", "decided_on", "office", "programme", "state", "author")
    query = sa.select(*(TABLE.c[name] for name in names)).where(sa.not_(TABLE.c.withdrawn))
    if areas is not None:
        query = query.where(sa.or_(TABLE.c.id.in_(with_cases(areas)), TABLE.c.author == me().id))
    order = (sa.case((TABLE.c.state == chain.DRAFT, 0), else_=1), TABLE.c.decided_on.desc(), TABLE.c.id)
    return list(db.session.execute(query.order_by(*order)))


def with_cases(areas: Areas) -> Any:
    """A query for the decisions of which a case lies in these areas."""
    inside = among(db.session.connection(), FACT.c.area, areas or ())
    return sa.select(NAMED.c.decision).join(FACT, FACT.c.record == NAMED.c.record).where(inside)


def _listed(row: Any) -> ListedDecision:
    plan = plan_of(db.session.scalar(sa.select(TABLE.c.plan).where(TABLE.c.id == row.id)))
    return ListedDecision(
        row.id, row.number or "", show_date(row.decided_on) if row.decided_on else "", row.office or "",
        words.programme_name(row.programme), row.state or chain.DRAFT, len(plan), sum(sums_of(plan).values()),
        [str(DOUBTS[code]) for code in doubts_of(row.id)],
    )  # fmt: skip


def doubts_of(decision: str) -> list[str]:
    """The codes of what is to be looked at about a decision."""
    return [one.code for one in doubts() if decision in (one.decision, *one.others)]


def doubts() -> list[ChainDoubt]:
    """What is to be looked at about all decisions, worked out once a request."""
    if "decision_doubts" not in g:
        g.decision_doubts = chain.doubts()
    found: list[ChainDoubt] = g.decision_doubts
    return found
