"""The page of a case, and the moves that are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import cases, intake, naming, review
from fieldapp.cases import Move, doubting
from fieldapp.cases.moving import story_of
from fieldapp.db import begin_writing, db
from fieldapp.housing.states import move_named
from fieldapp.i18n import _
from fieldapp.problems import CaseChangedMeanwhile, CaseMoved, NotFound, NoWay, Problem, WarnedCase, WithdrawnRecord
from fieldapp.surveys import SupportCase, questions
from fieldapp.web import asked, brought
from fieldapp.web.access import me, must, must_step, signed_in, within
from fieldapp.web.cases import words
from fieldapp.web.cases.contents import build
from fieldapp.web.cases.listing import bp
from fieldapp.web.cases.moves import fields_of, state_now, step_day
from fieldapp.web.cases.typed import answer
from fieldapp.web.forms import FILES
from sync.fold import version_of


@bp.get("/cases/<uuid:case_id>")
@signed_in("see")
def page(case_id: Any) -> ResponseReturnValue:
    """One case; of one that was withdrawn, and has no money out, its answers."""
    case = find(str(case_id))
    try:
        return render_template("cases/page.html", page=build(case), problem=None)
    except WithdrawnRecord:
        return redirect(url_for("records.page", record_id=case.id))


def find(record: str) -> SupportCase:
    """A case within the person's area. :raises NotFound: there is none."""
    found = db.session.get(SupportCase, record)
    within(found)
    assert found is not None
    return found


def visit_of(case: SupportCase, visit: str) -> Mapping[str, Any]:
    """A visit of a case. :raises NotFound: it has none of this id."""
    found = next((one for one in story_of(case).visits if one["id"] == visit), None)
    if found is None:
        raise NotFound()
    return found


@bp.post("/cases/<uuid:case_id>/moves")
@signed_in("keep_case")
def move(case_id: Any) -> ResponseReturnValue:
    """Move a case on, as the table of states allows."""
    files = brought.begin(f"meeting_minutes{FILES}")
    case = find(str(case_id))
    must("keep_case", case)
    name, reason, known = (
        asked.form.text("move"),
        asked.form.text("reason", most=1000),
        asked.form.text("known").split(),
    )
    typed = _typed()
    try:
        line = _possible(case, name)
        answers = _read(line, typed)
        if files and "meeting_minutes" in fields_of(line):
            answers["meeting_minutes"] = brought.keep(files)
        must_step(line.level, [case.area], step_day(answers))
        if known and reason.strip():
            must("override", case)
        cases.move(case, line, answers, account=me(), reason=reason, known=known)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(case_id)), problem, name, typed, reason)
    db.session.commit()
    flash(_("The case is now: %(state)s.", state=words.state_label(state_now(find(str(case_id))))), "good")
    return redirect(url_for("cases.page", case_id=case_id))


@bp.post("/cases/<uuid:case_id>/stands")
@signed_in("keep_case")
def let_stand(case_id: Any) -> ResponseReturnValue:
    """Say why a case goes on against what is to be looked at about it."""
    begin_writing()
    case = find(str(case_id))
    must("override", case)
    code, reason = asked.form.text("doubt"), asked.form.text("reason", most=1000)
    try:
        _must_be_as_shown(case)
        doubting.let_stand(case, code, reason, account=me())
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(case_id)), problem, code, {}, reason)
    db.session.commit()
    flash(_("The reason stays on the case."), "good")
    return redirect(url_for("cases.page", case_id=case_id))


def _must_be_as_shown(case: SupportCase) -> None:
    """:raises CaseChangedMeanwhile: somebody has changed it since its page was opened."""
    seen = asked.form.heads("seen")
    if version_of(seen) == case.version:
        return
    news = intake.journal().these({*review.heads_of(case)}.difference(seen))
    author = max((one.change.stamp, one.change.author) for one in news)[1] if news else ""
    raise CaseChangedMeanwhile(name=naming.author(naming.people([author]), author))


def _possible(case: SupportCase, name: str) -> Move:
    if case.withdrawn:
        raise WithdrawnRecord()
    _must_be_as_shown(case)
    line = move_named(name, state_now(case))
    if line is None:
        raise CaseMoved(state=words.state_label(state_now(case)))
    return line


def _typed() -> dict[str, str]:
    names = {name for line in cases.MOVES for name in fields_of(line)}
    return {name: asked.form.text(name, most=2000) for name in names}


def _read(line: Move, typed: Mapping[str, str]) -> dict[str, Any]:
    """The answers of a move. :raises NoWay: one cannot be read or cannot be."""
    known = questions("support_case")
    asked_for = (known[name] for name in fields_of(line) if known[name].kind != "photo")
    return {question.name: answer(question, typed[question.name], NoWay) for question in asked_for}


def _again(
    case: SupportCase, problem: Problem, name: str, typed: Mapping[str, str], reason: str
) -> ResponseReturnValue:
    """The page as it is now, with the problem, and what was typed."""
    warnings = []
    line = move_named(name, state_now(case))
    if isinstance(problem, WarnedCase) and line:
        warnings = list(cases.warnings_of_move(case, line, _read(line, typed)))
    html = render_template(
        "cases/page.html",
        page=build(
            case,
            tried=name,
            typed=typed,
            reason=reason,
            warnings=words.all_warnings(warnings),
            known=" ".join(one.code for one in warnings),
        ),
        problem=problem,
    )
    return html, problem.status
