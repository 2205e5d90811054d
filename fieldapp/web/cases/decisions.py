"""Decisions on the desk: drawn up from the cases on the lists of communes, signed, taken back, printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, Flask, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, people, review
from fieldapp.cases import chain, deciding
from fieldapp.cases.chain import ChainDoubt
from fieldapp.cases.moving import last_level
from fieldapp.db import begin_writing, db
from fieldapp.facts.case_story import day_of
from fieldapp.facts.cases import stories
from fieldapp.facts.plan import PlanTargets, plan_of, sums_of
from fieldapp.facts.tables import CaseDecision, CaseFact
from fieldapp.i18n import _, _l, language, ngettext
from fieldapp.people import Areas
from fieldapp.problems import DecisionRefused, DraftChangedMeanwhile, NoSuchProgramme, NotFound, Problem, WarnedCase
from fieldapp.reports.issuer import issuer
from fieldapp.surveys import SupportCase, SupportDecision, choices, questions
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.surveys.support_case import SOURCES
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import may, may_step, me, must_add, must_step, my_areas, signed_in
from fieldapp.web.cases import drafting, words
from fieldapp.web.cases.drafting import Typed, typed_in
from fieldapp.web.cases.listing import ListedCase, lines
from fieldapp.web.forms import AnswerField, form_for
from sync import WITHDRAWN
from sync.statements import among

bp = Blueprint("decisions", __name__, url_prefix="/decisions")

PAGE = 50
NAMED: Any = CaseDecision.__table__
FACT: Any = CaseFact.__table__
TABLE: Any = SupportDecision.__table__
HEAD = ("number", "decided_on", "signer", "office", "level", "budget_year")
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


class CaseLine(NamedTuple):
    """A case of a decision: its line in lists, what is approved of it by source, and what is to be seen about it."""

    case: ListedCase
    amounts: dict[str, int]
    changed: bool
    elsewhere: bool

    @property
    def total(self) -> int:
        """Of all sources."""
        return sum(self.amounts.values())


@dataclass(frozen=True)
class DecisionPage:
    """Everything the page of a decision shows."""

    decision: SupportDecision
    programme: str
    look: str
    lines: list[CaseLine]
    unseen: int
    sums: list[tuple[str, int]]
    sources: list[str]
    changed: int
    doubts: list[str]
    wrong: list[str]
    warned: list[str]
    left: list[str]
    number: int
    last: int
    count: int
    may_sign: bool
    office: str

    @property
    def total(self) -> int:
        """Of all cases and sources."""
        return sum(amount for _source, amount in self.sums)


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
        query = query.where(sa.or_(TABLE.c.id.in_(_with_cases(areas)), TABLE.c.author == me().id))
    order = (sa.case((TABLE.c.state == chain.DRAFT, 0), else_=1), TABLE.c.decided_on.desc(), TABLE.c.id)
    return list(db.session.execute(query.order_by(*order)))


def _with_cases(areas: Areas) -> Any:
    inside = among(db.session.connection(), FACT.c.area, areas or ())
    return sa.select(NAMED.c.decision).join(FACT, FACT.c.record == NAMED.c.record).where(inside)


def _listed(row: Any) -> ListedDecision:
    plan = plan_of(db.session.scalar(sa.select(TABLE.c.plan).where(TABLE.c.id == row.id)))
    return ListedDecision(
        row.id, row.number or "", show_date(row.decided_on) if row.decided_on else "", row.office or "",
        words.programme_name(row.programme), row.state or chain.DRAFT, len(plan), sum(sums_of(plan).values()),
        [str(DOUBTS[code]) for code in _doubts_of(row.id)],
    )  # fmt: skip


def _doubts_of(decision: str) -> list[str]:
    return [one.code for one in doubts() if decision in (one.decision, *one.others)]


def doubts() -> list[ChainDoubt]:
    """What is to be looked at about all decisions, worked out once a request."""
    if "decision_doubts" not in g:
        g.decision_doubts = chain.doubts()
    found: list[ChainDoubt] = g.decision_doubts
    return found


# --- drawn up ---------------------------------------------------------------------------------------------------


@bp.get("/new")
@signed_in("decide_support")
def choose() -> ResponseReturnValue:
    """The cases on the lists of communes that no decision names, of one programme."""
    programme = asked.query.record("programme") or ""
    ids = deciding.ready(programme, _chosen_areas()) if programme in words.programmes() else []
    return render_template(
        "decisions/new.html",
        programme=programme,
        programmes=[(record, one.name) for record, one in words.programmes().items()],
        communes=[(commune.code, commune.name) for commune in shown.communes()],
        lines=lines(ids),
        most=deciding.MOST,
        year=today().year,
    )


def _chosen_areas() -> Areas:
    commune = asked.query.text("commune")
    return frozenset(shown.villages_in(commune)) if commune else my_areas()


@bp.post("/new")
@signed_in("decide_support")
def make() -> ResponseReturnValue:
    """A draft with the cases that were ticked."""
    begin_writing()
    programme = asked.form.record("programme") or ""
    if programme not in words.programmes():
        raise NoSuchProgramme()
    ids = list(dict.fromkeys(asked.form.texts("case")))
    areas = _areas_of(ids)
    must_add(SupportDecision, areas)
    day = today()
    made_by = issuer(db.session(), "lists", day, areas)
    said = {"office": " – ".join(line for line in made_by.lines if line.strip(" …")) or None}
    said |= {"level": last_level(day.isoformat()) or None}
    try:
        year = asked.form.number("year", day.year, least=2010, most=2100) or day.year
        record = deciding.begin(programme, year, ids, account=me(), said=said)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warn")
        return redirect(url_for("decisions.choose", programme=programme))
    db.session.commit()
    return redirect(url_for("decisions.page", decision_id=record))


def _areas_of(cases: Sequence[str]) -> set[str]:
    query = sa.select(FACT.c.area).where(among(db.session.connection(), FACT.c.record, cases)).distinct()
    return {area or "" for area in db.session.scalars(query)}


def find(record: str) -> SupportDecision:
    """A decision of which the person sees a case. :raises NotFound: there is none."""
    found = db.session.get(SupportDecision, record)
    if found is None or found.withdrawn or not _is_seen(found):
        raise NotFound()
    return found


def _is_seen(decision: SupportDecision) -> bool:
    areas = my_areas()
    if areas is None or decision.author == me().id:
        return True
    return db.session.scalar(_with_cases(areas).where(NAMED.c.decision == decision.id).limit(1)) is not None


@bp.get("/<uuid:decision_id>")
@signed_in("see")
def page(decision_id: Any) -> ResponseReturnValue:
    """One decision: a draft with its fields, or what was signed."""
    return _page(find(str(decision_id)))


def _page(
    decision: SupportDecision,
    problem: Problem | None = None,
    typed: Typed | None = None,
    reason: str = "",
    mine: Sequence[str] = (),
) -> ResponseReturnValue:
    """``mine``: what was typed where somebody else saved something meanwhile, a line for each place."""
    is_draft = decision.state == chain.DRAFT and may_decide()
    html = render_template(
        "decisions/draft.html" if is_draft else "decisions/page.html",
        page=build(decision, is_draft=is_draft),
        seen=" ".join(review.heads_of(decision)),
        fields=_fields(decision, typed.head if typed else {}) if is_draft else [],
        cells=typed.cells if typed else {},
        mine=mine,
        all_sources=[(source, words.source_label(source)) for source in SOURCES],
        problem=problem,
        reason=reason,
        may_decide=may_decide(),
        page_url=lambda number: url_for("decisions.page", decision_id=decision.id, page=number),
    )
    return html, problem.status if problem else 200


def _fields(decision: SupportDecision, typed: Mapping[str, str]) -> list[AnswerField]:
    form = form_for(SupportDecision, answers=shown.values_of(decision), blank=True)
    fields = [form[name] for name in HEAD]
    for each in fields:
        each.typed = typed.get(each.name, each.typed)
    return fields


def build(decision: SupportDecision, *, is_draft: bool = False, whole: bool = False) -> DecisionPage:
    """The page of a decision; with ``whole`` all its cases at once, for paper."""
    plan = plan_of(decision.plan)
    mine = _visible(plan)
    last = max(1, -(-len(mine) // PAGE))
    number = 1 if whole else asked.query.page(last)
    part = mine if whole else mine[(number - 1) * PAGE : number * PAGE]
    sums = sums_of(plan)
    facts = _facts(plan)
    warned, over = _warned(decision, plan) if is_draft else ([], [])
    return DecisionPage(
        decision=decision,
        programme=words.programme_name(decision.programme),
        look=LOOKS.get(decision.state or "", "waiting"),
        lines=_case_lines(decision, part, plan, facts),
        unseen=len(plan) - len(mine),
        sums=[(words.source_label(source), amount) for source, amount in sums.items()],
        sources=[source for source in SOURCES if source in sums] or ["nstw"],
        changed=sum(1 for row in facts.values() if row.reopened and row.decision == decision.id),
        doubts=[str(DOUBTS[code]) for code in _doubts_of(decision.id)],
        wrong=deciding.wrong(decision) if is_draft else [],
        warned=warned,
        left=over,
        number=number,
        last=last,
        count=len(plan),
        may_sign=may_decide() and _is_of_the_office(decision, plan),
        office=words.level_label(people.offices.level_of("last", day_of(decision.decided_on) or today())),
    )


def _visible(plan: PlanTargets) -> list[str]:
    areas = my_areas()
    if areas is None:
        return list(plan)
    connection = db.session.connection()
    query = sa.select(FACT.c.record).where(
        among(connection, FACT.c.record, plan), among(connection, FACT.c.area, areas)
    )
    seen = set(db.session.scalars(query))
    return [case for case in plan if case in seen]


def _facts(plan: PlanTargets) -> dict[str, Any]:
    case = SupportCase.__table__
    query = sa.select(FACT.c.record, FACT.c.reopened, case.c.decision).join(case, case.c.id == FACT.c.record)
    rows = db.session.execute(query.where(among(db.session.connection(), FACT.c.record, plan)))
    return {row.record: row for row in rows}


def _case_lines(
    decision: SupportDecision, cases: Sequence[str], plan: PlanTargets, facts: Mapping[str, Any]
) -> list[CaseLine]:
    signed = decision.state == chain.SIGNED
    return [_case_line(line, plan[line.id], facts[line.id], decision.id if signed else None) for line in lines(cases)]


def _case_line(line: ListedCase, amounts: dict[str, int], fact: Any, signed: str | None) -> CaseLine:
    """``signed``: the decision, where it stands."""
    is_own = fact.decision == signed
    return CaseLine(line, amounts, bool(signed and is_own and fact.reopened), bool(signed and not is_own))


def _warned(decision: SupportDecision, plan: PlanTargets) -> tuple[list[str], list[str]]:
    """The warnings that stand against a draft with how many cases each is about; the allocations that it exceeds."""
    found = {story.case["id"]: story for story in stories(plan)}
    count: dict[str, int] = {}
    for codes in deciding.warnings_by_case(decision, plan, found).values():
        for code in codes:
            count[code] = count.get(code, 0) + 1
    told = [
        ngettext("%(warning)s: %(n)s case", "%(warning)s: %(n)s cases", n, warning=words.warning_label(code))
        for code, n in sorted(count.items())
    ]
    over = deciding.excesses(decision, plan, found)
    return told, [deciding.told_excess(one, words.place_name(one.given.place)) for one in over]


@bp.post("/<uuid:decision_id>")
@signed_in("decide_support")
def save(decision_id: Any) -> ResponseReturnValue:
    """Save a draft, or fill in one source for all its cases, or sign it."""
    begin_writing()
    decision = find(str(decision_id))
    must_add(SupportDecision, _areas_of(list(plan_of(decision.plan))))
    typed, seen, reason = typed_in(HEAD), asked.form.heads("seen"), asked.form.text("reason", most=1000)
    try:
        _save(decision, typed, seen)
        if asked.form.has("sign") and decision.state == chain.DRAFT:
            db.session.flush()
            decision = find(str(decision_id))
            _must_be_of_the_office(decision)
            may_override = may("override", decision)
            deciding.sign(decision, account=me(), reason=reason, may_override=may_override)
    except DraftChangedMeanwhile as problem:
        db.session.rollback()
        decision = find(str(decision_id))
        kept, mine = drafting.apart(decision, seen, typed)
        return _page(decision, problem, kept, reason, mine)
    except WarnedCase as problem:
        db.session.commit()
        return _page(find(str(decision_id)), problem, reason=reason)
    except Problem as problem:
        db.session.rollback()
        return _page(find(str(decision_id)), problem, typed, reason)
    db.session.commit()
    signed = asked.form.has("sign")
    flash(_("Signed. Its cases are approved.") if signed else _("Saved."), "done")
    return redirect(url_for("decisions.page", decision_id=decision_id))


def _save(decision: SupportDecision, typed: Typed, seen: Sequence[str]) -> None:
    answers, plan = _read(typed.head), _read_plan(decision)
    if not drafting.is_saved(decision, answers, plan):
        drafting.must_be_current(decision, seen)
        deciding.edit(decision, answers, plan, account=me())


def _must_be_of_the_office(decision: SupportDecision) -> None:
    """:raises NotThatOffice: the person's area does not hold the place of the office that decides."""
    must_step("last", _areas_of(list(plan_of(decision.plan))), day_of(decision.decided_on) or today())


def _is_of_the_office(decision: SupportDecision, plan: PlanTargets) -> bool:
    return may_step("last", _areas_of(list(plan)), day_of(decision.decided_on) or today())


def _read(typed: Mapping[str, str]) -> dict[str, Any]:
    known, found = questions("support_decision"), {}
    for name in HEAD:
        try:
            found[name] = known[name].read(typed[name])
        except UnreadableAnswer as unreadable:
            raise DecisionRefused(why=known[name].named(unreadable.message)) from None
        wrong = known[name].admits(found[name])
        if wrong or (known[name].kind == "date" and found[name] and len(found[name]) != 10):
            raise DecisionRefused(why=known[name].named(wrong.message if wrong else _("Give the whole day.")))
    return found


def _read_plan(decision: SupportDecision) -> PlanTargets:
    """The plan with what was typed about the cases of this page, and one source filled in for all where asked."""
    plan: PlanTargets = {case: dict(amounts) for case, amounts in plan_of(decision.plan).items()}
    for case in asked.form.texts("shown"):
        if case in plan:
            plan[case] |= {source: _amount(f"{case}-{source}") for source in asked.form.texts("column")}
    for case in asked.form.texts("drop"):
        plan.pop(case, None)
    source = asked.form.one_of("fill", SOURCES)
    if source and asked.form.text("fill_amount"):
        amount = _amount("fill_amount")
        plan = {case: {**amounts, source: amount} for case, amounts in plan.items()}
    return {case: {source: amount for source, amount in amounts.items() if amount} for case, amounts in plan.items()}


def _amount(name: str) -> int:
    question = questions("support_case")["approved_nstw"]
    try:
        value = question.read(asked.form.text(name))
    except UnreadableAnswer as unreadable:
        raise DecisionRefused(why=unreadable.message) from None
    if wrong := question.admits(value):
        raise DecisionRefused(why=wrong.message)
    return int(value or 0)


@bp.post("/<uuid:decision_id>/withdrawal")
@signed_in("decide_support")
def take_back(decision_id: Any) -> ResponseReturnValue:
    """Take a signed decision back, with a reason; a draft is dropped."""
    begin_writing()
    decision = find(str(decision_id))
    must_add(SupportDecision, _areas_of(list(plan_of(decision.plan))))
    is_draft, reason = decision.state == chain.DRAFT, asked.form.text("reason", most=1000)
    try:
        drafting.must_be_as_shown(decision, asked.form.heads("seen"))
        if is_draft:
            intake.save("support_decision", decision.id, {WITHDRAWN: True}, account=me())
        else:
            _must_be_of_the_office(decision)
            deciding.take_back(decision, reason, account=me())
    except Problem as problem:
        db.session.rollback()
        return _page(find(str(decision_id)), problem, reason=reason)
    db.session.commit()
    if is_draft:
        flash(_("The draft is dropped."), "done")
        return redirect(url_for("decisions.listing"))
    flash(_("Taken back. Its cases stand on the list of their commune again."), "done")
    return redirect(url_for("decisions.page", decision_id=decision_id))
