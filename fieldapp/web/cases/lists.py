"""Lists of villages and communes on the desk: drawn up, filled in after the meeting, signed off, printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, naming, people
from fieldapp.cases import lists, signing
from fieldapp.cases.signed import Paper
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.problems import ListSavedMeanwhile, ListStays, NoSuchProgramme, NotFound, PrintedInPart, Problem
from fieldapp.reports.list_paper import paper_of
from fieldapp.surveys import SupportList, questions
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, brought, not_lost, shown
from fieldapp.web.access import may, me, must, must_add, must_step, my_areas, signed_in, within
from fieldapp.web.cases import words
from fieldapp.web.cases.list_contents import (
    OF_LINE,
    OF_MEETING,
    OF_POSTING,
    build,
    is_seen_whole,
    labels_of_questions,
    must_see_whole,
    saved_texts,
    signed_by,
    step_day,
    title_of,
    version_seen,
    villages_of,
)
from fieldapp.web.cases.list_typed import TypedApart, sorted_out
from fieldapp.web.cases.listing import bp
from fieldapp.web.cases.typed import answer
from sync.statements import among

PAGE = 50
TABLE: Any = SupportList.__table__
MINUTES = "minutes-files"


class ListedList(NamedTuple):
    """One list among others."""

    id: str
    title: str
    programme: str
    state: str
    since: str


@bp.get("/cases/lists/")
@signed_in("see")
def all_lists() -> ResponseReturnValue:
    """The lists of one's area, those that are open first, and how to draw one up."""
    commune = asked.query.text("commune")
    query = sa.select(SupportList).where(sa.not_(TABLE.c.withdrawn))
    areas: Any = shown.villages_in(commune) if commune else my_areas()
    if areas is not None:
        query = query.where(among(db.session.connection(), TABLE.c.area, areas))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    ordered = query.order_by(TABLE.c.state == "signed", TABLE.c.state_on.desc(), TABLE.c.id)
    found = db.session.scalars(ordered.limit(PAGE).offset((number - 1) * PAGE))
    return render_template(
        "cases/lists.html",
        lists=[_listed(one) for one in found],
        number=number,
        last=last,
        communes=shown.communes_to_choose(),
        villages=_villages(commune),
        programmes=[(record, one.name) for record, one in words.programmes().items()],
        may_keep=people.may(me(), "keep_case"),
        page_url=lambda page: url_for("cases.all_lists", **asked.query.kept("commune"), page=page),
    )


def _villages(commune: str) -> list[tuple[str, str]]:
    return [(id, shown.gazetteer()[id].village.name) for id in sorted(shown.villages_in(commune))] if commune else []


def _listed(one: SupportList) -> ListedList:
    since = show_date(one.state_on) if one.state_on else ""
    return ListedList(one.id, title_of(one), words.programme_name(one.programme), one.state or "draft", since)


@bp.post("/cases/lists/")
@signed_in("keep_case")
def draw_up() -> ResponseReturnValue:
    """Draw up the list of a village, or of a commune where no village is chosen: of all of it, by who sees all."""
    begin_writing()
    programme, village, commune = (asked.form.text(name) for name in ("programme", "village", "commune"))
    if programme not in words.programmes():
        raise NoSuchProgramme()
    villages = [village] if village else shown.villages_in(commune)
    if not villages or not set(villages) <= set(shown.gazetteer()):
        raise NotFound()
    must_add(SupportList, set(villages))
    try:
        must_see_whole("village" if village else "commune", villages[0], today())
        if village:
            record = lists.draw_up(village, programme, account=me())
        else:
            place = shown.gazetteer()[villages[0]].commune
            key = f"{place.code}@{place.vintage}"
            record = lists.draw_up_of_commune(key, villages, programme, account=me())
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return redirect(url_for("cases.all_lists", commune=commune))
    db.session.commit()
    return redirect(url_for("cases.list_page", list_id=record))


def find(record: str) -> SupportList:
    """A list within the person's area. :raises NotFound: there is none."""
    found = db.session.get(SupportList, record)
    within(found)
    assert found is not None
    if found.withdrawn:
        raise NotFound()
    return found


@bp.get("/cases/lists/<uuid:list_id>")
@signed_in("see")
def list_page(list_id: Any) -> ResponseReturnValue:
    """One list."""
    return render_template("cases/one_list.html", page=build(find(str(list_id))), problem=None)


def _paper_now(one: SupportList) -> Paper:
    return paper_of(one, lists.lines_of(one), lists.meeting_of(one))


@bp.post("/cases/lists/<uuid:list_id>")
@signed_in("edit")
def fill_in(list_id: Any) -> ResponseReturnValue:
    """Save what was typed in the table; with ``then=sign``, sign the list off as it then is, and with ``then=again``
    bring it up to date: take in what is due since, take out what has gone another way."""
    files = brought.begin(MINUTES)
    one, then = find(str(list_id)), asked.form.text("then")
    typed = {name: text for name, text in asked.all_typed() if name not in ("csrf_token", "seen", "was", "then")}
    try:
        must_see_whole(one.level or "village", one.village, step_day(one))
        _save(one, typed, files)
        if then == "sign":
            _sign(one)
        elif then == "again":
            must("keep_case", one)
            lists.bring_up_to_date(one, villages_of(one), account=me())
    except Problem as problem:
        db.session.rollback()
        one, apart = find(str(list_id)), isinstance(problem, ListSavedMeanwhile)
        kept, mine = _sorted_out(one, typed) if apart else (typed, [])
        if apart:
            not_lost.told()
        html = render_template("cases/one_list.html", page=build(one, kept, mine), problem=problem)
        return html, problem.status
    db.session.commit()
    told = {"sign": _("Signed off. Its cases have moved on."), "again": _("Saved, and up to date.")}
    flash(told.get(then, _("Saved.")), "good")
    return redirect(url_for("cases.list_page", list_id=list_id))


def _sign(one: SupportList) -> None:
    """Sign a list off as it has just been saved."""
    must("keep_case", one)
    one = find(one.id)
    must_step(one.level or "village", [one.village], step_day(one))
    reason = asked.form.text("reason", most=1000)
    if reason.strip():
        must("override", one)
    signing.sign(one, _paper_now(one), account=me(), reason=reason)


def _sorted_out(one: SupportList, typed: dict[str, str]) -> TypedApart:
    """What was typed in a list that somebody else saved meanwhile."""
    lines, meeting = lists.lines_of(one), lists.meeting_of(one)
    homes = {line.record.id: naming.household(line.household.head_name if line.household else None) for line in lines}
    labels = labels_of_questions()

    def name_of(field: str) -> str:
        name, _dash, line = field.partition("-")
        return ", ".join(filter(None, (homes.get(line), labels[name])))

    was = asked.form.json("was", dict[str, str]) or {}
    return sorted_out(typed, was, saved_texts(one, meeting, lines), name_of)


def _save(one: SupportList, typed: Mapping[str, str], files: Sequence[brought.UploadedFile]) -> None:
    lists.must_be_open(one)
    lines, meeting = lists.lines_of(one, whole=True), lists.meeting_of(one)
    if asked.form.text("seen") != version_seen(one, meeting, lines):
        raise ListSavedMeanwhile()
    head: Any = meeting if one.level == "village" else one
    if head is None:
        raise NotFound()
    must("edit", head)
    wanted = _read(head, OF_MEETING if one.level == "village" else OF_POSTING, typed, "")
    if files:
        wanted["minutes"] = [*(meeting.minutes or [] if meeting else []), *brought.keep(files)][-4:]
    edits = [(head.survey, head.id, wanted)]
    for line in lines:
        said = _read(line.record, OF_LINE[one.level or "village"], typed, f"-{line.record.id}")
        if line.elsewhere and all(getattr(line.record, name) == value for name, value in said.items()):
            continue  # the list can be saved though one of its households lies beyond the area of who saves it
        if line.elsewhere and not may("edit", line.record):
            raise ListStays(why=signing.told_elsewhere([line]))
        must("edit", line.record)
        edits.append(("list_line", line.record.id, said))
    intake.save_all(edits, account=me())


def _read(record: Any, names: Sequence[str], typed: Mapping[str, str], end: str) -> dict[str, Any]:
    """The answers in what was typed. Of what two people entered differently only what somebody chose: the rest stays
    as it is. :raises ListStays: one cannot be read or cannot be."""
    known, found = questions(type(record)), {}
    for name in names:
        question, text = known[name], typed.get(f"{name}{end}", "")
        if name in record.conflicts and not text:
            continue
        found[name] = answer(question, text, ListStays)
    return found


@bp.post("/cases/lists/<uuid:list_id>/reopen")
@signed_in("keep_case")
def reopen(list_id: Any) -> ResponseReturnValue:
    """Open a signed list again."""
    begin_writing()
    one, reason = find(str(list_id)), asked.form.text("reason", most=1000)
    must("keep_case", one)
    try:
        must_step(one.level or "village", [one.village], step_day(one))
        signing.reopen(one, reason, account=me())
    except Problem as problem:
        db.session.rollback()
        html = render_template("cases/one_list.html", page=build(find(str(list_id))), problem=problem)
        return html, problem.status
    db.session.commit()
    flash(_("It is open again."), "good")
    return redirect(url_for("cases.list_page", list_id=list_id))


@bp.get("/cases/lists/<uuid:list_id>/paper")
@signed_in("see")
def paper(list_id: Any) -> ResponseReturnValue:
    """The list as it is printed: as it stands while it is open, or as one signing (``signed``) left it.

    :raises PrintedInPart: the person sees a part of its commune.
    """
    one = find(str(list_id))
    if not is_seen_whole(one.level or "village", one.village, step_day(one)):
        raise PrintedInPart()
    change = asked.query.text("signed")
    found = _paper_of(one, change)
    return render_template("cases/paper.html", one=one, title=title_of(one), paper=found, signed=bool(change))


def _paper_of(one: SupportList, change: str) -> Paper:
    if not change:
        signed = signing.signed_as(one) if one.state == "signed" else None
        return signed.paper if signed else _paper_now(one)
    kept = next((entry.change for entry in intake.journal().history(one.id) if entry.change.id == change), None)
    signed = signed_by(kept.answers) if kept else None
    if signed is None:
        raise NotFound()
    return signed.paper
