"""The approved needs without a case: what each asks for, who may help it today, and many made by one press."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import cases
from fieldapp.db import begin_writing, db
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import HouseholdProgramme
from fieldapp.i18n import _, language, ngettext
from fieldapp.people import within_areas
from fieldapp.problems import NoSuchProgramme, Problem, WarnedCase
from fieldapp.review.urgency import Urgency
from fieldapp.surveys import HousingNeed, SupportCase, choices
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, must, my_areas, signed_in
from fieldapp.web.cases import words
from fieldapp.web.cases.listing import bp
from fieldapp.web.cases.proposing import day_of, need_of
from fieldapp.web.records.rows import RecordRow
from fieldapp.web.records.rows import lines as record_lines
from sync.statements import among

MOST = 200
"""So many needs that wait for a case are listed at a time."""


class ReadyRow(NamedTuple):
    """A need that waits: what it asks for, its place in the legal order, the open programmes that may help it, and
    whether of others this is not known."""

    line: RecordRow
    wants: str
    urgency: Urgency
    helped: list[str]
    unknown: bool


@bp.get("/cases/ready")
@signed_in("keep_case")
def ready() -> ResponseReturnValue:
    """Those needs in the order of the law: all of them, or those a programme may help, ticked to be proposed."""
    programme, areas = asked.query.text("programme"), _areas(asked.query.text("commune"))
    names = {one.code: one.name for one in words.programmes().values()}
    return render_template(
        "cases/ready.html",
        rows=_rows(areas, programme, names),
        programmes=[(code, f"{names.get(code, code)} ({count})") for code, count in _counts(areas)],
        chosen=names.get(programme, programme),
        communes=shown.communes_to_choose(),
        on=show_date(today().isoformat()),
        most=MOST,
    )


def _areas(commune: str) -> Any:
    return shown.villages_in(commune) if commune else my_areas()


def _waiting(query: sa.Select[*tuple[Any, ...]], areas: Any) -> sa.Select[*tuple[Any, ...]]:
    """Approved, asking for something, and without a case."""
    row, case = Standing, SupportCase.__table__
    asks = sa.select(HousingNeed.id).where(HousingNeed.id == row.record, HousingNeed.need_type != cases.ASIDE)
    has_case = sa.select(case.c.id).where(case.c.need == row.record, sa.not_(case.c.withdrawn))
    query = query.where(row.survey == "housing_need", row.status == "approved")
    query = query.where(sa.not_(has_case.exists()), asks.exists())
    return within_areas(query, row.area, areas)


def _counts(areas: Any) -> Sequence[Any]:
    """How many of them each open programme may help."""
    one = HouseholdProgramme
    helped = sa.select(one.programme, sa.func.count()).join(Standing, Standing.household == one.household)
    query = _waiting(helped.where(one.met.is_(True)), areas).group_by(one.programme).order_by(one.programme)
    return db.session.execute(query).all()


def _rows(areas: Any, programme: str, names: dict[str, str]) -> list[ReadyRow]:
    row = Standing
    query = _waiting(sa.select(row.record, row.household, row.rank), areas)
    if programme:
        one = HouseholdProgramme
        helped = sa.select(one.household).where(
            one.household == row.household, one.programme == programme, one.met.is_(True)
        )
        query = query.where(helped.exists())
    found = db.session.execute(query.order_by(row.rank, row.since, row.record).limit(MOST)).all()
    of_these = among(db.session.connection(), HousingNeed.__table__.c.id, [each.record for each in found])
    needs_by_id = {need.id: need for need in db.session.scalars(sa.select(HousingNeed).where(of_these))}
    needs = [needs_by_id[each.record] for each in found]
    helping = _helping({each.household for each in found})
    return [
        ReadyRow(
            line,
            choices.label("need_type", need.need_type or "", language()),
            Urgency(each.rank),
            sorted(names.get(code, code) for code, met in helping[each.household] if met),
            any(met is None for _code, met in helping[each.household]),
        )
        for line, need, each in zip(record_lines(needs), needs, found, strict=True)
    ]


def _helping(households: Collection[str]) -> dict[str, list[tuple[str, bool | None]]]:
    """The open programmes that may help each household, or of which that is not known."""
    one = HouseholdProgramme
    query = sa.select(one.household, one.programme, one.met)
    found: dict[str, list[tuple[str, bool | None]]] = defaultdict(list)
    for household, code, met in db.session.execute(
        query.where(among(db.session.connection(), one.__table__.c.household, households))
    ):
        found[household].append((code, met))
    return found


@bp.post("/cases/ready")
@signed_in("keep_case")
def make_all() -> ResponseReturnValue:
    """Make the cases of all that were ticked and against which nothing stands; the others are named."""
    begin_writing()
    programme, on = asked.form.text("programme"), day_of(asked.form.text("on"))
    if programme not in {one.code for one in words.programmes().values()}:
        raise NoSuchProgramme()
    made, warned = 0, []
    for need in (need_of(record) for record in dict.fromkeys(asked.form.texts("need"))):
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
        flash(ngettext("%(n)s case was made.", "%(n)s cases were made.", made), "good")
    if warned:
        flash(_("Something stands against these, so look at each: %(names)s.", names="; ".join(warned)), "warning")
    if not made and not warned:
        flash(
            _("No case was made: nothing was ticked, or somebody else has proposed these households meanwhile."),
            "warning",
        )
    return redirect(url_for("cases.ready", **asked.query.kept("commune", "programme")))
