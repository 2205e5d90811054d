"""From a need to a case: by one press where nothing stands against it, from the page of a need or from a list."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import cases
from fieldapp.db import begin_writing, db
from fieldapp.facts.standing import Standing
from fieldapp.i18n import _, ngettext
from fieldapp.problems import CaseThere, NoSuchProgramme, Problem, WarnedCase
from fieldapp.surveys import HousingNeed, SupportCase, questions
from fieldapp.surveys.question import Unreadable
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, must, must_add, my_areas, signed_in, within
from fieldapp.web.cases import words
from fieldapp.web.cases.listing import bp
from fieldapp.web.records.contents import lines as record_lines
from sync.statements import among

MOST = 200
"""So many needs that wait for a case are listed at a time."""


class Offer(NamedTuple):
    """A programme, and what stands against the household under it on the day."""

    code: str
    name: str
    warnings: list[str]
    codes: str


@bp.get("/cases/new")
@signed_in("keep_case")
def choose() -> ResponseReturnValue:
    """The programmes a need can be proposed under, each with what stands against it."""
    need = _need(asked.query.record("need"))
    must("keep_case", need)
    return _page(need, _day(asked.query.text("on")))


@bp.post("/cases/new")
@signed_in("keep_case")
def make() -> ResponseReturnValue:
    """Make the case, or tell what stands against it."""
    begin_writing()
    need, programme, on = _need(asked.form.record("need")), asked.form.text("programme"), _day(asked.form.text("on"))
    must_add(SupportCase, {need.area or ""} - {""})
    reason, known = asked.form.text("reason", most=1000), asked.form.text("known").split()
    try:
        if known and reason.strip():
            must("override", need)
        record, _receipt = cases.propose(need, programme, on=on, account=me(), reason=reason, known=known)
    except CaseThere:
        db.session.rollback()
        flash(CaseThere().message, "warn")
        return redirect(url_for("cases.page", case_id=cases.case_id(need.id, programme)))
    except Problem as problem:
        db.session.rollback()
        return _page(_need(asked.form.record("need")), on, problem=problem, chosen=programme, reason=reason)
    db.session.commit()
    flash(_("Proposed. This is the page of the case."), "done")
    return redirect(url_for("cases.page", case_id=record))


def _need(record: str | None) -> HousingNeed:
    found = db.session.get(HousingNeed, record or "")
    within(found)
    assert found is not None
    return found


def _day(text: str) -> date:
    """The day of the proposal; today where none is given or none can be read."""
    try:
        read = questions("support_case")["proposed_on"].read(text)
    except Unreadable:
        read = None
    day = date.fromisoformat(read) if read and len(read) == 10 else today()
    return min(day, today())


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


def _offer(one: cases.Offer) -> Offer:
    codes = " ".join(sorted({each.code for each in one.warnings}))
    return Offer(one.programme.code, one.programme.name, [words.warning(each) for each in one.warnings], codes)


@bp.get("/cases/ready")
@signed_in("keep_case")
def ready() -> ResponseReturnValue:
    """The approved needs of which no case was made, in the order of the law."""
    return render_template(
        "cases/ready.html",
        rows=record_lines([db.session.get_one(HousingNeed, id) for id in _waiting()]),
        programmes=[(one.code, one.name) for one in words.programmes().values()],
        communes=[(commune.code, commune.name) for commune in shown.communes()],
        on=show_date(today().isoformat()),
        most=MOST,
    )


def _waiting() -> list[str]:
    row, case = Standing, SupportCase.__table__
    asks = sa.select(HousingNeed.id).where(HousingNeed.id == row.record, HousingNeed.need_type != cases.ASIDE)
    has_case = sa.select(case.c.id).where(case.c.need == row.record, sa.not_(case.c.withdrawn))
    query = sa.select(row.record).where(row.survey == "housing_need", row.status == "approved")
    query = query.where(sa.not_(has_case.exists()), asks.exists()).order_by(row.rank, row.since, row.record)
    areas: Any = my_areas()
    if commune := asked.query.text("commune"):
        areas = shown.villages_in(commune)
    if areas is not None:
        query = query.where(among(db.session.connection(), row.__table__.c.area, areas))
    return list(db.session.scalars(query.limit(MOST)))


@bp.post("/cases/ready")
@signed_in("keep_case")
def make_all() -> ResponseReturnValue:
    """Make the cases of all that were ticked and against which nothing stands; the others are named."""
    begin_writing()
    programme, on = asked.form.text("programme"), _day(asked.form.text("on"))
    if programme not in {one.code for one in words.programmes().values()}:
        raise NoSuchProgramme()
    made, warned = 0, []
    for need in (_need(record) for record in dict.fromkeys(asked.form.texts("need"))):
        must("keep_case", need)
        try:
            cases.propose(need, programme, on=on, account=me())
            made += 1
        except WarnedCase:
            warned.append(shown.name_of(need))
        except Problem:
            continue  # somebody else proposed it meanwhile, or it asks for nothing any more
    db.session.commit()
    if made:
        flash(ngettext("%(n)s case was made.", "%(n)s cases were made.", made), "done")
    if warned:
        flash(_("Something stands against these, so look at each: %(names)s.", names="; ".join(warned)), "warn")
    return redirect(url_for("cases.ready"))
