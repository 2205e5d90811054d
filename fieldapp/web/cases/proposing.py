"""From a need to a case: by one press where nothing stands against it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import cases
from fieldapp.db import begin_writing, db
from fieldapp.facts.case_story import day_of as whole_day
from fieldapp.i18n import _
from fieldapp.problems import CaseThere, Problem
from fieldapp.surveys import HousingNeed, SupportCase, questions
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, must, must_add, signed_in, within
from fieldapp.web.cases import words
from fieldapp.web.cases.listing import bp


class ProposableProgramme(NamedTuple):
    """A programme, and what stands against the household under it on the day."""

    code: str
    name: str
    warnings: list[str]
    codes: str


@bp.get("/cases/new")
@signed_in("keep_case")
def choose() -> ResponseReturnValue:
    """The programmes a need can be proposed under, each with what stands against it."""
    need = need_of(asked.query.record("need"))
    must("keep_case", need)
    return _page(need, day_of(asked.query.text("on")))


@bp.post("/cases/new")
@signed_in("keep_case")
def make() -> ResponseReturnValue:
    """Make the case, or tell what stands against it."""
    begin_writing()
    need, programme, on = (
        need_of(asked.form.record("need")),
        asked.form.text("programme"),
        day_of(asked.form.text("on")),
    )
    must_add(SupportCase, {need.area or ""} - {""})
    reason, known = asked.form.text("reason", most=1000), asked.form.text("known").split()
    try:
        if known and reason.strip():
            must("override", need)
        record, _receipt = cases.propose(need, programme, on=on, account=me(), reason=reason, known=known)
    except CaseThere:
        db.session.rollback()
        if reason.strip():
            raise  # else what was typed would be lost on the way
        flash(CaseThere().message, "warning")
        return redirect(url_for("cases.page", case_id=cases.case_id(need.id, programme)))
    except Problem as problem:
        db.session.rollback()
        return _page(need_of(asked.form.record("need")), on, problem=problem, chosen=programme, reason=reason)
    db.session.commit()
    flash(_("Proposed. This is the page of the case."), "good")
    return redirect(url_for("cases.page", case_id=record))


def need_of(record: str | None) -> HousingNeed:
    """The need of this id, where the person may see it."""
    found = db.session.get(HousingNeed, record or "")
    within(found)
    assert found is not None
    return found


def day_of(text: str) -> date:
    """The day of the proposal; today where none is given or none can be read."""
    try:
        read = questions("support_case")["proposed_on"].read(text)
    except UnreadableAnswer:
        read = None
    return min(whole_day(read) or today(), today())


def _page(
    need: HousingNeed, on: date, *, problem: Problem | None = None, chosen: str = "", reason: str = ""
) -> ResponseReturnValue:
    offers = [_offer(one) for one in cases.offers(need, on)]
    html = render_template(
        "cases/new.html",
        need=need,
        name=shown.name_of(need),
        place=shown.place_line(need.area),
        on=show_date(on.isoformat()),
        offers=sorted(offers, key=lambda one: (one.code != chosen, len(one.warnings), one.name)),
        problem=problem,
        chosen=chosen,
        reason=reason,
    )
    return html, problem.status if problem else 200


def _offer(one: cases.Offer) -> ProposableProgramme:
    codes = " ".join(sorted({each.code for each in one.warnings}))
    return ProposableProgramme(one.programme.code, one.programme.name, words.all_warnings(one.warnings), codes)
