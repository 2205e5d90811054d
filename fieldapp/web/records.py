"""Records: the list with its search, the page of one record, and what is done to it in the office."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask, flash, redirect, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from xstatic.pkg import leaflet as leaflet_files

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, _l
from fieldapp.problems import NotFound, Problem, SettledMeanwhile
from fieldapp.review import STATUSES, Conflict, Pin
from fieldapp.surveys import SURVEYS, Decision, listed, questions
from fieldapp.surveys.base import Record
from fieldapp.vietnamese import sought
from fieldapp.web import asked, record_page, shown
from fieldapp.web.access import me, must, my_areas, signed_in, within
from sync import WITHDRAWN

bp = Blueprint("records", __name__)

PAGE = 25
MOST_WORDS = 12
"""So many words are looked for; nobody's name has more."""
MOST_LETTERS = 2000
"""So many letters a comment or a reply has at most; see the surveys of both."""
A_DAY = 24 * 3600
LISTED = tuple(survey.survey for survey in listed())
SORTS = {"name": _l("By given name"), "changed": _l("Last changed first"), "village": _l("By village")}


def init_app(app: Flask) -> None:
    """What the desk's templates may call."""
    app.jinja_env.globals.update(shown.globals_for_templates())


# --- the list -------------------------------------------------------------------------------------------------


@bp.get("/records/")
@signed_in("see")
def listing() -> ResponseReturnValue:
    """Records of one survey within the person's area: searched without accents, sorted by given name."""
    survey = SURVEYS[asked.query.one_of("survey", LISTED) or LISTED[0]]
    ids = _matching(survey)
    last = max(1, -(-len(ids) // PAGE))
    number = asked.query.page(last)
    kept = asked.query.kept("survey", "commune", "status", "sort", "q")
    rows = record_page.rows(survey, ids[(number - 1) * PAGE : number * PAGE])
    return render_template(
        "records/list.html",
        survey=survey,
        surveys=[(name, SURVEYS[name].plural) for name in LISTED],
        sorts=[(name, str(label)) for name, label in SORTS.items()],
        may_fill=people.may(me(), "add"),
        rows=rows,
        total=len(ids),
        number=number,
        last=last,
        communes=[(commune.code, commune.name) for commune in shown.communes()],
        statuses=[(status, review.label(status)) for status in STATUSES],
        page_url=lambda page: url_for("records.listing", **kept, page=page),
    )


def _matching(survey: type[Record]) -> list[str]:
    """The ids of what was asked for, in the order asked for."""
    areas = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    query, of_household = _with_household(survey, my_areas())
    query = review.within(query, survey, areas)
    spaced = sa.literal(" ").concat(of_household.search_key)
    if survey is not of_household:  # a member is found by the name of the household and by the own one
        spaced = sa.func.coalesce(spaced, "").concat(" ").concat(survey.search_key)
    for word in sought(asked.query.text("q"))[:MOST_WORDS]:
        query = query.where(spaced.contains(word, autoescape=True))
    orders: dict[str, list[Any]] = {
        "name": [of_household.sort_key, survey.id],
        "changed": [survey.changed_stamp.desc(), survey.id],
        "village": [survey.area, of_household.sort_key, survey.id],
    }
    ids = list(db.session.scalars(query.order_by(*orders[asked.query.one_of("sort", orders) or "name"])))
    if status := asked.query.one_of("status", STATUSES):
        ids = _in_status(survey, areas, ids, status)
    return ids


def _with_household(survey: type[Record], areas: review.Areas) -> tuple[sa.Select[Any], type[Record]]:
    """Ids of a survey, beside the households by whose names they are searched and sorted: those within the areas."""
    household = SURVEYS["household"]
    if survey is household:
        return sa.select(survey.id), survey
    about = getattr(survey, "household")  # noqa: B009  a column of some surveys only
    near = household.id == about if areas is None else sa.and_(household.id == about, household.area.in_(areas))
    return sa.select(survey.id).outerjoin(household, near), household


def _in_status(survey: type[Record], areas: review.Areas, ids: list[str], status: str) -> list[str]:
    wanted = {one.id for one in review.standings(survey, areas) if one.status == status}
    return [id for id in ids if id in wanted]


@bp.get("/records/leaflet/<path:name>")
def leaflet(name: str) -> ResponseReturnValue:
    """Leaflet's own files, from the machine this runs on."""
    return send_from_directory(leaflet_files.BASE_DIR, name, max_age=A_DAY)


# --- one record -----------------------------------------------------------------------------------------------


@bp.get("/records/<uuid:record_id>")
@signed_in("see")
def page(record_id: Any) -> ResponseReturnValue:
    """Everything about one record."""
    record = find(str(record_id))
    return render_template("records/page.html", page=record_page.build(record), problem=None, since=[])


def find(record_id: str) -> Record:
    """A record of any listed survey within the person's area.

    :raises NotFound: there is none, or it lies elsewhere.
    """
    likely = intake.journal().survey_of(record_id)
    found = (db.session.get(SURVEYS[name], record_id) for name in sorted(LISTED, key=lambda name: name != likely))
    return within(next((record for record in found if record is not None), None))


@bp.post("/records/<uuid:record_id>/decisions")
@signed_in("approve")
def decide(record_id: Any) -> ResponseReturnValue:
    """Approve, return or reopen, for the version that was read."""
    begin_writing()
    record = find(str(record_id))
    seen, verdict = asked.form.heads("seen"), asked.form.text("verdict")
    try:
        review.must_be_current(record, verdict, seen)
        must(verdict, record)
        review.decide(
            record,
            verdict,
            account=me(),
            seen=seen,
            comment=asked.form.text("comment", most=MOST_LETTERS),
            pinned=_pins(record),
        )
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, seen)
    done = _done(verdict, shown.name_of(record))
    db.session.commit()
    flash(done, "done")
    return redirect(url_for("records.page", record_id=record_id))


def _pins(record: Record) -> list[Pin]:
    """The comments pinned to questions; an empty one is none."""
    known = questions(type(record))
    pairs = zip(asked.form.texts("pin_question"), asked.form.texts("pin_text", most=MOST_LETTERS), strict=False)
    return [{"question": name, "text": text.strip()} for name, text in pairs if name in known and text.strip()]


def _again(record: Record, problem: Problem, seen: list[str]) -> ResponseReturnValue:
    """The page of the record as it is now, with the problem and what changed since it was read."""
    since = record_page.edits(record, review.changes_since(record.id, seen))
    html = render_template("records/page.html", page=record_page.build(record), problem=problem, since=since)
    return html, problem.status


def _done(verdict: str, name: str) -> str:
    if verdict == "approve":
        return _("Approved: %(name)s.", name=name)
    if verdict == "return":
        return _(
            "Returned for correction: %(name)s. The enumerator's tablet shows your comments at its next sync.",
            name=name,
        )
    return _("Taken up for review again: %(name)s.", name=name)


@bp.post("/records/<uuid:record_id>/replies")
@signed_in("reply")
def reply(record_id: Any) -> ResponseReturnValue:
    """Reply to the last decision, or to one comment of it, where no answer has to change."""
    begin_writing()
    record = find(str(record_id))
    try:
        must("reply", record)
        decided = db.session.get(Decision, asked.form.record("decision") or "")
        if decided is None:
            raise NotFound()
        said, question = asked.form.text("text", most=MOST_LETTERS), asked.form.text("question")
        review.reply(record, decided, said, account=me(), question=question)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, [])
    db.session.commit()
    flash(_("Your reply is saved. The supervisor sees it beside the comment."), "done")
    return redirect(url_for("records.page", record_id=record.id))


@bp.post("/records/<uuid:record_id>/withdrawal")
@signed_in("withdraw")
def withdraw(record_id: Any) -> ResponseReturnValue:
    """Withdraw a record, or bring one back: what is reviewed, by a supervisor only."""
    begin_writing()
    record = find(str(record_id))
    must("withdraw", record)
    gone, seen = asked.form.text("gone") == "yes", asked.form.heads("seen")
    try:
        review.withdraw(record, gone, account=me(), seen=seen)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, seen)
    db.session.commit()
    flash(_("The record was withdrawn. Its history stays.") if gone else _("The record counts again."), "done")
    return redirect(url_for("records.page", record_id=record.id))


@bp.post("/records/<uuid:record_id>/settlements")
@signed_in("settle")
def settle(record_id: Any) -> ResponseReturnValue:
    """Let one of several answers hold."""
    begin_writing()
    record = find(str(record_id))
    try:
        question, value = _chosen(record)
        act = "withdraw" if question == WITHDRAWN else "settle"
        must(act, record, places=intake.concerned(record.survey, {question: value}))
        review.settle(record, question, value, account=me(), seen=asked.form.heads("seen"))
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(record_id)), problem, [])
    db.session.commit()
    flash(_("Settled. Both answers stay in the history."), "done")
    return redirect(url_for("records.page", record_id=record.id))


def _chosen(record: Record) -> tuple[str, Any]:
    """The question, and the value of the head that was chosen.

    :raises NotFound: the form names neither a conflict nor one of its heads.
    """
    state = intake.journal().state(record.id)
    open_ones: list[Conflict] = review.conflicts_of(state) if state else []
    chosen = asked.form.text("question"), asked.form.text("head")
    for conflict in open_ones:
        for head in conflict.sides:
            if (conflict.question, head.id) == chosen:
                return conflict.question, head.value
    raise SettledMeanwhile()
