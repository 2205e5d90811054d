"""What is printed of a decision: the official sheet, the list that is posted, the whole list for the file.

The posted list has only what the law lets everybody read: who, where, of which class, for what. No identity number,
no telephone, nothing about health.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from flask import render_template
from flask.typing import ResponseReturnValue

from fieldapp.cases import chain
from fieldapp.cases.seeing import as_decided
from fieldapp.db import db
from fieldapp.facts.case_story import day_of
from fieldapp.facts.plan import plan_of
from fieldapp.housing import milestone_of, stage, work_of
from fieldapp.i18n import _, language
from fieldapp.problems import PrintedInPart
from fieldapp.reports.issuer import issuer
from fieldapp.reports.numbers import place_and_date, show
from fieldapp.surveys import Household, SupportCase, SupportDecision, choices, questions
from fieldapp.surveys.support_case import SOURCES
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import shown
from fieldapp.web.access import may, signed_in
from fieldapp.web.cases import words
from fieldapp.web.cases.decision_contents import build, find, is_seen_whole
from fieldapp.web.cases.decisions import bp
from fieldapp.web.cases.listing import bp as cases_bp
from fieldapp.web.cases.page import find as find_case
from fieldapp.web.cases.page import visit_of
from sync.statements import among

POSTED = ("head_name", "village", "poverty_class", "need_type")
FILE = ("head_name", "birth_date", "citizen_id", "phone", "village", "poverty_class", "need_type")


OF_HOME = ("head_name", "birth_date", "citizen_id", "phone", "poverty_class", "area")
_LOST: dict[str, Any] = dict.fromkeys(("case", "need_type", *OF_HOME))
"""The row of a case that is not here any more, or not yet."""


Printed: TypeAlias = Mapping[str, Any]
"""What a paper says of one case, by the name of the question."""


class PrintedList(NamedTuple):
    """A printed list: its headings with whether each is of numbers, and its lines."""

    title: str
    under: str
    headings: list[tuple[str, bool]]
    rows: list[list[str]]
    totals: list[str]


@bp.get("/<uuid:decision_id>/sheet")
@signed_in("report")
def sheet(decision_id: Any) -> ResponseReturnValue:
    """The list attached to a decision, with amounts by source."""
    decision = find(str(decision_id))
    return _printed(decision, _sheet(decision, POSTED, amounts=True), "sheet")


@bp.get("/<uuid:decision_id>/posted")
@signed_in("report")
def posted(decision_id: Any) -> ResponseReturnValue:
    """The list that hangs out for everybody."""
    decision = find(str(decision_id))
    return _printed(decision, _sheet(decision, POSTED, amounts=False), "posted")


@bp.get("/<uuid:decision_id>/file")
@signed_in("decide_support")
def file(decision_id: Any) -> ResponseReturnValue:
    """The whole list, for the file of the office alone."""
    decision = find(str(decision_id))
    return _printed(decision, _sheet(decision, FILE, amounts=True), "file")


def _printed(decision: SupportDecision, made: PrintedList, kind: str) -> ResponseReturnValue:
    day = today()
    made_by = issuer(db.session(), "lists", day, {line.area for line in _homes(decision) if line.area})
    return render_template(
        "decisions/sheet.html",
        decision=decision,
        sheet=made,
        kind=kind,
        issuer=made_by.lines,
        signature=made_by.signature,
        place_and_date=place_and_date(made_by.seat, day),
        may_file=may("decide_support", decision),
    )


def _homes(decision: SupportDecision) -> list[Any]:
    """The rows of its households as they are now."""
    home, case = Household.__table__, SupportCase.__table__
    query = sa.select(case.c.id.label("case"), case.c.need_type, *(home.c[name] for name in OF_HOME))
    query = query.outerjoin(home, home.c.id == case.c.household)
    return list(db.session.execute(query.where(among(db.session.connection(), case.c.id, plan_of(decision.plan)))))


def _sheet(decision: SupportDecision, names: Sequence[str], *, amounts: bool) -> PrintedList:
    """:raises PrintedInPart: the person does not see all of its cases."""
    if not is_seen_whole(decision):
        raise PrintedInPart()
    plan = plan_of(decision.plan)
    printed = _as_signed(decision) if decision.state == chain.SIGNED else _as_it_is(decision)
    sources = [source for source in SOURCES if any(plan[case].get(source) for case in printed)] or ["nstw"]
    sources = sources if amounts else []
    headings = [(_("No."), False), *((_heading(name), False) for name in names)]
    headings += [(words.source_label(source), True) for source in sources]
    headings += [(_("Together"), True)] if amounts else []
    rows = [
        [
            str(number),
            *(_cell(said, name) for name in names),
            *(show(plan[case].get(source, 0)) for source in sources),
            *([show(sum(plan[case].values()))] if amounts else []),
        ]
        for number, (case, said) in enumerate(printed.items(), 1)
    ]
    totals = [show(sum(plan[case].get(source, 0) for case in printed)) for source in sources]
    totals += [show(sum(sum(plan[case].values()) for case in printed))] if amounts else []
    return PrintedList(_title(decision), _under(decision), headings, rows, totals)


def _as_it_is(decision: SupportDecision) -> dict[str, Printed]:
    """What is printed of each case of a draft: as it stands, without those that were withdrawn."""
    rows = {row.case: row for row in _homes(decision)}
    return {
        line.case.id: _told(rows[line.case.id]._asdict(), shown.place_line)
        for line in build(decision, whole=True).lines
    }


def _as_signed(decision: SupportDecision) -> dict[str, Printed]:
    """The same of a signed decision: every case that it approves, with what was seen of it when it was signed, in the
    commune of that day. Whatever was corrected, moved, withdrawn or reorganised since is no part of that paper; only
    how a person is reached, for the file, is of now."""
    rows, seen = {row.case: row._asdict() for row in _homes(decision)}, as_decided(decision.id)
    day = day_of(decision.decided_on) or today()
    where = partial(shown.place_line_by, shown.lists_on(day))
    return {case: _told(rows.get(case, _LOST), where, seen.get(case, {})) for case in plan_of(decision.plan)}


def _told(row: dict[str, Any], where: Callable[[str | None], str], seen: Mapping[str, Any] | None = None) -> Printed:
    """``seen``: the answers that stand instead of those of now. Whose household lies elsewhere now is not named."""
    said = {**row, **{name: seen.get(name) for name in POSTED if name in row}} if seen else row
    name = shown.head_of(said["head_name"], row["area"], known=row["case"] is not None)
    return {**said, "head_name": name, "village": where((seen or {}).get("village") or row["area"])}


def _title(decision: SupportDecision) -> str:
    if decision.state == chain.SIGNED:
        return _("List of households whose housing support is approved")
    return _("Draft list of households proposed for housing support")


def _under(decision: SupportDecision) -> str:
    if decision.state != chain.SIGNED:
        return _("(Draft: nothing is approved yet)")
    return _(
        "(Attached to decision %(number)s of %(day)s of %(office)s)",
        number=decision.number,
        day=show_date(decision.decided_on or ""),
        office=decision.office,
    )


def _heading(name: str) -> str:
    if name == "village":
        return _("Village, commune")
    return str(questions("support_case" if name == "need_type" else "household")[name].short)


def _cell(said: Printed, name: str) -> str:
    value = said[name]
    if name in ("head_name", "village"):
        return str(value)
    if name == "need_type":
        return choices.label("work_type", value or "", language())
    return questions("household")[name].show(value, language()) if value is not None else ""


# --- the minutes of a house -------------------------------------------------------------------------------------


class Minutes(NamedTuple):
    """The minutes of a stage (Form 05) or of the finished house (Form 06) that a visit found; ``lines``: what was
    found, each with its name."""

    form: str
    title: str
    day: str
    head: str
    place: str
    programme: str
    decision: str
    stage: str
    lines: list[tuple[str, str]]
    complete: bool


STAGE = ("started_on", "percent_of_volume", "labour_days_given", "money_spent_by_household", "delays", "remarks")
FINISHED = (
    "started_on", "completed_on", "finished_area_m2", "floor_hard", "frame_hard", "roof_hard", "lasts_20_years",
    "lasts_10_years", "labour_days_given", "money_spent_by_household", "remarks",
)  # fmt: skip


@cases_bp.get("/cases/<uuid:case_id>/minutes/<uuid:visit_id>")
@signed_in("see")
def minutes(case_id: Any, visit_id: Any) -> ResponseReturnValue:
    """The minutes that a visit of a case fills in, to be signed by those who were there."""
    case = find_case(str(case_id))
    visit = visit_of(case, str(visit_id))
    day = today()
    made_by = issuer(db.session(), "lists", day, {case.area} if case.area else None)
    return render_template(
        "cases/minutes.html",
        case=case,
        minutes=_minutes(case, visit),
        issuer=made_by.lines,
        place_and_date=place_and_date(made_by.seat, day),
    )


def _minutes(case: SupportCase, visit: Mapping[str, Any]) -> Minutes:
    complete = stage(visit) == "complete"
    known, found = questions("progress_visit"), milestone_of(visit)
    label = choices.label(f"milestone_{work_of(visit['need_type'] or '')}", found, language()) if found else ""
    names = FINISHED if complete else STAGE
    lines = [(str(known[name].short), shown.answer(known[name], visit[name])) for name in names]
    return Minutes(
        form=_("Form 06") if complete else _("Form 05"),
        title=_("Minutes of the finished house, put into use")
        if complete
        else _("Minutes of a finished stage of work"),
        day=show_date(visit["visited_on"]) if visit["visited_on"] else "…",
        head=shown.name_of(case),
        place=shown.place_line(case.area),
        programme=words.programme_name(case.programme),
        decision=_decision_line(case),
        stage=label,
        lines=[(name, value) for name, value in lines if value],
        complete=complete,
    )


def _decision_line(case: SupportCase) -> str:
    if not case.decision_number:
        return "…"
    day = show_date(case.decision_on) if case.decision_on else "…"
    return _("%(number)s of %(day)s", number=case.decision_number, day=day)
