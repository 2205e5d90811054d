"""One decision on the desk: drawn up from the cases on the lists of communes, signed, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, review
from fieldapp.cases import chain, deciding
from fieldapp.cases.moving import last_level
from fieldapp.db import begin_writing, db
from fieldapp.facts.case_story import day_of
from fieldapp.facts.plan import PlanTargets, plan_of
from fieldapp.i18n import _
from fieldapp.people import Areas
from fieldapp.problems import DecisionRefused, DraftChangedMeanwhile, NoSuchProgramme, Problem, WarnedCase
from fieldapp.reports.issuer import issuer
from fieldapp.surveys import SupportDecision, questions
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.surveys.support_case import SOURCES
from fieldapp.today import today
from fieldapp.web import asked, not_lost, shown
from fieldapp.web.access import may, me, must_add, must_step, my_areas, signed_in
from fieldapp.web.cases import drafting, words
from fieldapp.web.cases.decision_contents import areas_of, build, find, is_seen_whole
from fieldapp.web.cases.decisions import bp, may_decide
from fieldapp.web.cases.drafting import Typed, typed_in
from fieldapp.web.cases.listing import lines
from fieldapp.web.cases.typed import answer
from fieldapp.web.forms import AnswerField, form_for
from sync import WITHDRAWN

HEAD = ("number", "decided_on", "signer", "office", "level", "budget_year")


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
        communes=shown.communes_to_choose(),
        lines=lines(ids),
        most=deciding.MOST,
        year=asked.query.text("year") or today().year,
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
    areas = areas_of(ids)
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
        flash(problem.message, "warning")
        return redirect(url_for("decisions.choose", programme=programme, year=asked.form.text("year") or None))
    db.session.commit()
    return redirect(url_for("decisions.page", decision_id=record))


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
    is_draft = decision.state == chain.DRAFT and may_decide() and is_seen_whole(decision)
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


@bp.post("/<uuid:decision_id>")
@signed_in("decide_support")
def save(decision_id: Any) -> ResponseReturnValue:
    """Save a draft, or fill in one source for all its cases, or sign it."""
    begin_writing()
    decision = find(str(decision_id))
    must_add(SupportDecision, areas_of(list(plan_of(decision.plan))))
    typed, seen, reason = typed_in(HEAD), asked.form.heads("seen"), asked.form.text("reason", most=1000)
    try:
        _save(decision, typed, seen)
        if asked.form.has("sign") and decision.state == chain.DRAFT:
            _sign(decision.id, reason)
    except DraftChangedMeanwhile as problem:
        db.session.rollback()
        decision = find(str(decision_id))
        kept, mine = drafting.apart(decision, seen, typed)
        not_lost.told()
        return _page(decision, problem, kept, reason, mine)
    except WarnedCase as problem:
        db.session.commit()
        return _page(find(str(decision_id)), problem, reason=reason)
    except Problem as problem:
        db.session.rollback()
        return _page(find(str(decision_id)), problem, typed, reason)
    db.session.commit()
    signed = asked.form.has("sign")
    flash(_("Signed. Its cases are approved.") if signed else _("Saved."), "good")
    return redirect(url_for("decisions.page", decision_id=decision_id))


def _sign(record: str, reason: str) -> None:
    """Sign a draft as it has just been saved."""
    db.session.flush()
    decision = find(record)
    _must_be_of_the_office(decision)
    deciding.sign(decision, account=me(), reason=reason, may_override=may("override", decision))


def _save(decision: SupportDecision, typed: Typed, seen: Sequence[str]) -> None:
    answers, plan = _read(typed.head), _read_plan(decision)
    if not drafting.is_saved(decision, answers, plan):
        drafting.must_be_current(decision, seen)
        deciding.edit(decision, answers, plan, account=me())


def _must_be_of_the_office(decision: SupportDecision) -> None:
    """:raises NotThatOffice: the person's area does not hold the place of the office that decides."""
    must_step("last", areas_of(list(plan_of(decision.plan))), day_of(decision.decided_on) or today())


def _read(typed: Mapping[str, str]) -> dict[str, Any]:
    known = questions("support_decision")
    return {name: answer(known[name], typed[name], DecisionRefused) for name in HEAD}


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
    must_add(SupportDecision, areas_of(list(plan_of(decision.plan))))
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
        flash(_("The draft is dropped."), "good")
        return redirect(url_for("decisions.listing"))
    flash(_("Taken back. Its cases stand on the list of their commune again."), "good")
    return redirect(url_for("decisions.page", decision_id=decision_id))
