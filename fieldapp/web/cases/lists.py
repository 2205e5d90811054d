"""Lists of villages and communes on the desk: drawn up, filled in after the meeting, signed off, printed for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, naming, people, review
from fieldapp.cases import lists, signing
from fieldapp.cases.lists import ListedLine
from fieldapp.cases.signed import Paper, Signed, unpacked
from fieldapp.db import begin_writing, db
from fieldapp.facts.case_story import day_of
from fieldapp.i18n import _
from fieldapp.problems import ListSavedMeanwhile, ListStays, NoSuchProgramme, NotFound, Problem
from fieldapp.reports.list_paper import paper_of
from fieldapp.surveys import SupportList, VillageMeeting, choices, questions
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, brought, not_lost, shown
from fieldapp.web.access import may, may_step, me, must, must_add, must_step, my_areas, signed_in, within
from fieldapp.web.cases import words
from fieldapp.web.cases.list_typed import TypedApart, sorted_out
from fieldapp.web.cases.listing import bp
from fieldapp.web.cases.typed import answer
from sync.fold import version_of
from sync.statements import among

PAGE = 50
TABLE: Any = SupportList.__table__
OF_MEETING = ("held_on", "chair", "secretary", "present")
OF_POSTING = ("posted_from", "posted_until")
OF_LINE = {"village": ("agreed", "objections"), "commune": ("objections", "outcome", "outcome_note")}
MINUTES = "minutes-files"


class ListedList(NamedTuple):
    """One list among others."""

    id: str
    title: str
    programme: str
    state: str
    since: str


class HouseholdRow(NamedTuple):
    """One household in the table that is filled in. ``moved``: where its case has gone since, if it has; ``typed``:
    what stands in each field, by its name; ``rivals``: of what two people entered differently, all of it; ``passes``:
    as of a :class:`~fieldapp.cases.lists.ListedLine`."""

    id: str
    number: int | None
    address: str
    name: str
    about: str
    moved: str
    typed: dict[str, str]
    rivals: dict[str, list[str]]
    passes: bool | None


class Signing(NamedTuple):
    """One time that a list was signed off, by the change that did it."""

    change: str
    day: str
    by: str


@dataclass(frozen=True)
class ListPage:
    """Everything the page of a list shows. ``wrong``: what keeps it from being signed off, a sentence each;
    ``rivals``: of the meeting or the posting, what two people entered differently; ``was``: the text of each field as
    it is saved, as JSON, without those that are empty; ``mine``: what was typed where somebody else saved something."""

    one: SupportList
    title: str
    programme: str
    rows: list[HouseholdRow]
    meeting: VillageMeeting | None
    typed: dict[str, str]
    rivals: dict[str, list[str]]
    labels: dict[str, str]
    outcomes: list[tuple[str, str]]
    wrong: list[str]
    passing: int
    signings: list[Signing]
    changed: bool
    may_keep: bool
    may_sign: bool
    office: str
    may_fill: bool
    waiting: int
    seen: str
    least_days: int
    unheard: str
    reason: str
    was: str
    mine: Sequence[str]

    @property
    def is_open(self) -> bool:
        """Whether it can be filled in."""
        return self.one.state != "signed"


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
        communes=[(each.code, each.name) for each in shown.communes()],
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


def title_of(one: SupportList) -> str:
    """What a list is called: ``Danh sách thôn Nà Vài, Xã Ba Bể, năm 2026, lần 1``."""
    where = shown.place_line(one.village)
    place = where if one.level == "village" else where.split(", ")[-1]
    return _("List of %(place)s, %(year)s no. %(turn)s", place=place, year=one.list_year, turn=one.turn)


@bp.post("/cases/lists/")
@signed_in("keep_case")
def draw_up() -> ResponseReturnValue:
    """Draw up the list of a village, or of a commune where no village is chosen."""
    begin_writing()
    programme, village, commune = (asked.form.text(name) for name in ("programme", "village", "commune"))
    if programme not in words.programmes():
        raise NoSuchProgramme()
    villages = [village] if village else shown.villages_in(commune)
    if not villages or not set(villages) <= set(shown.gazetteer()):
        raise NotFound()
    must_add(SupportList, set(villages))
    try:
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


def build(one: SupportList, typed: Mapping[str, str] | None = None, mine: Sequence[str] = ()) -> ListPage:
    """The page of a list; ``typed``: what was sent and could not be saved, by field."""
    lines, meeting, names = lists.lines_of(one), lists.meeting_of(one), OF_LINE[one.level or "village"]
    head = _head_of(one, meeting)
    keeps = may("keep_case", one)
    return ListPage(
        one=one,
        title=title_of(one),
        programme=words.programme_name(one.programme),
        rows=_rows(lines, names, typed),
        meeting=meeting,
        typed={**_typed_of(*head), **(typed or {})},
        rivals=_rivals(*head),
        labels=_labels(),
        outcomes=[(each.code, words.outcome_label(each.code)) for each in choices.choices("objection_outcome")],
        wrong=signing.faults(one, lines) if one.state != "signed" else [],
        passing=sum(line.passes is True for line in lines),
        signings=_signings(one),
        changed=signing.changed_since(one, lines),
        may_keep=keeps,
        may_sign=keeps and may_step(one.level or "village", [one.village], _step_day(one)),
        office=words.level_label(one.level or "village"),
        may_fill=may("edit", meeting) if meeting else keeps,
        waiting=len(set(lists.due(one, _places(one))) - {line.case.id for line in lines})
        if one.state != "signed"
        else 0,
        seen=_version(one, meeting, lines),
        least_days=signing.least_days(),
        unheard=_unheard(one, lines),
        reason=(typed or {}).get("reason", ""),
        was=msgspec.json.encode({name: text for name, text in _saved(one, meeting, lines).items() if text}).decode(),
        mine=mine,
    )


def _unheard(one: SupportList, lines: Sequence[ListedLine]) -> str:
    """What stands against those on an open list of a commune whom no village has put forward; "" where it has."""
    names = signing.not_put_forward(one, lines) if one.state != "signed" else []
    return signing.told_of(names) if names else ""


def _head_of(one: SupportList, meeting: VillageMeeting | None) -> tuple[str, Any, tuple[str, ...]]:
    """What is filled in above the lines: its survey, its record, None where there is none yet, and the questions."""
    return ("village_meeting", meeting, OF_MEETING) if one.level == "village" else ("support_list", one, OF_POSTING)


def _labels() -> dict[str, str]:
    each = (
        ("village_meeting", OF_MEETING),
        ("support_list", OF_POSTING),
        ("list_line", {*OF_LINE["commune"], "agreed"}),
    )
    return {name: str(questions(survey)[name].short) for survey, names in each for name in names}


def _typed_of(survey: str, record: Any, names: Sequence[str]) -> dict[str, str]:
    """What the fields of a record show; nothing where two people differ, until somebody says which holds."""
    if record is None:
        return dict.fromkeys(names, "")
    known = questions(survey)
    return {name: "" if name in record.conflicts else str(known[name].typed(getattr(record, name))) for name in names}


def _rivals(survey: str, record: Any, names: Sequence[str]) -> dict[str, list[str]]:
    """Of these answers those that two people gave differently, each as it would be typed."""
    known, conflicts = questions(survey), record.conflicts if record else {}
    return {name: [str(known[name].typed(value)) for value in conflicts[name]] for name in names if name in conflicts}


def _saved(one: SupportList, meeting: VillageMeeting | None, lines: Sequence[ListedLine]) -> dict[str, str]:
    """The text of each field of the page as it is saved."""
    found = _typed_of(*_head_of(one, meeting))
    for line in lines:
        said = _typed_of("list_line", line.record, OF_LINE[one.level or "village"])
        found |= {f"{name}-{line.record.id}": text for name, text in said.items()}
    return found


def _rows(lines: Sequence[ListedLine], names: Sequence[str], typed: Mapping[str, str] | None) -> list[HouseholdRow]:
    address = url_for("cases.page", case_id=shown.NOBODY)  # once, and not for each of five hundred
    return [_row(line, names, typed, address) for line in lines]


def _row(line: ListedLine, names: Sequence[str], typed: Mapping[str, str] | None, address: str) -> HouseholdRow:
    said = _typed_of("list_line", line.record, names)
    if typed is not None:
        said = {name: typed.get(f"{name}-{line.record.id}", said[name]) for name in names}
    main = line.place.main if line.place else None
    about = [words.work_label(line.case.need_type), _("class %(code)s", code=main.replace("dd", "đ")) if main else ""]
    name = naming.household(line.household.head_name if line.household else None)
    return HouseholdRow(
        line.record.id,
        line.record.number,
        address.replace(shown.NOBODY, line.case.id),
        name,
        " · ".join(filter(None, about)),
        words.state_label(line.state) if line.moved else "",
        said,
        _rivals("list_line", line.record, names),
        line.passes,
    )


def _step_day(one: SupportList) -> date:
    """The day by which the office of a list is asked for: that of its posting, or else today."""
    return day_of(one.posted_from) or today()


def _places(one: SupportList) -> list[str]:
    """The villages that a list is about."""
    if one.level == "village":
        return [one.village or ""]
    here = shown.gazetteer().get(one.village or "")
    return shown.villages_in(here.commune.code) if here else [one.village or ""]


def _version(one: SupportList, meeting: VillageMeeting | None, lines: Sequence[ListedLine]) -> str:
    heads = [*review.heads_of(one), *(review.heads_of(meeting) if meeting else ())]
    return version_of([*heads, *(head for line in lines for head in review.heads_of(line.record))])


def _signings(one: SupportList) -> list[Signing]:
    """Each time it was signed off, the newest first."""
    entries = [entry for entry in intake.journal().history(one.id) if entry.change.answers.get("content")]
    names = naming.people([entry.change.author for entry in entries])
    found = [
        Signing(entry.change.id, signed.day, names.get(entry.change.author, ""))
        for entry in sorted(entries, key=lambda entry: entry.change.stamp, reverse=True)
        if entry.held is None and (signed := _signed_by(entry.change.answers))
    ]
    return [Signing(one.change, show_date(one.day), one.by) for one in found]


def _paper_now(one: SupportList) -> Paper:
    return paper_of(one, lists.lines_of(one), lists.meeting_of(one))


def _signed_by(answers: Mapping[str, Any]) -> Signed | None:
    content, digest = answers.get("content"), answers.get("content_hash")
    return unpacked(content, digest) if isinstance(content, str) and isinstance(digest, str) else None


@bp.post("/cases/lists/<uuid:list_id>")
@signed_in("edit")
def fill_in(list_id: Any) -> ResponseReturnValue:
    """Save what was typed in the table; with ``then=sign``, sign the list off as it then is."""
    files = brought.begin(MINUTES)
    one = find(str(list_id))
    typed = {name: text for name, text in asked.all_typed() if name not in ("csrf_token", "seen", "was", "then")}
    try:
        _save(one, typed, files)
        if asked.form.text("then") == "sign":
            must("keep_case", one)
            one = find(one.id)
            must_step(one.level or "village", [one.village], _step_day(one))
            reason = asked.form.text("reason", most=1000)
            if reason.strip():
                must("override", one)
            signing.sign(one, _paper_now(one), account=me(), reason=reason)
    except Problem as problem:
        db.session.rollback()
        one, apart = find(str(list_id)), isinstance(problem, ListSavedMeanwhile)
        kept, mine = _sorted_out(one, typed) if apart else (typed, [])
        if apart:
            not_lost.told()
        html = render_template("cases/one_list.html", page=build(one, kept, mine), problem=problem)
        return html, problem.status
    db.session.commit()
    done = asked.form.text("then") == "sign"
    flash(_("Signed off. Its cases have moved on.") if done else _("Saved."), "good")
    return redirect(url_for("cases.list_page", list_id=list_id))


def _sorted_out(one: SupportList, typed: dict[str, str]) -> TypedApart:
    """What was typed in a list that somebody else saved meanwhile."""
    lines, meeting = lists.lines_of(one), lists.meeting_of(one)
    homes = {line.record.id: naming.household(line.household.head_name if line.household else None) for line in lines}
    labels = _labels()

    def name_of(field: str) -> str:
        name, _dash, line = field.partition("-")
        return ", ".join(filter(None, (homes.get(line), labels[name])))

    was = asked.form.json("was", dict[str, str]) or {}
    return sorted_out(typed, was, _saved(one, meeting, lines), name_of)


def _save(one: SupportList, typed: Mapping[str, str], files: Sequence[brought.UploadedFile]) -> None:
    lists.must_be_open(one)
    lines, meeting = lists.lines_of(one, whole=True), lists.meeting_of(one)
    if asked.form.text("seen") != _version(one, meeting, lines):
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
        must("edit", line.record)
        said = _read(line.record, OF_LINE[one.level or "village"], typed, f"-{line.record.id}")
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


@bp.post("/cases/lists/<uuid:list_id>/again")
@signed_in("keep_case")
def bring_up_to_date(list_id: Any) -> ResponseReturnValue:
    """Take in what is due since, take out what has gone another way."""
    return _done(list_id, lambda one: lists.bring_up_to_date(one, _places(one), account=me()), _("It is up to date."))


@bp.post("/cases/lists/<uuid:list_id>/reopen")
@signed_in("keep_case")
def reopen(list_id: Any) -> ResponseReturnValue:
    """Open a signed list again."""
    reason = asked.form.text("reason", most=1000)

    def open_again(one: SupportList) -> None:
        must_step(one.level or "village", [one.village], _step_day(one))
        signing.reopen(one, reason, account=me())

    return _done(list_id, open_again, _("It is open again."))


def _done(list_id: Any, act: Any, told: str) -> ResponseReturnValue:
    begin_writing()
    one = find(str(list_id))
    must("keep_case", one)
    try:
        act(one)
    except Problem as problem:
        db.session.rollback()
        html = render_template("cases/one_list.html", page=build(find(str(list_id))), problem=problem)
        return html, problem.status
    db.session.commit()
    flash(told, "good")
    return redirect(url_for("cases.list_page", list_id=list_id))


@bp.get("/cases/lists/<uuid:list_id>/paper")
@signed_in("see")
def paper(list_id: Any) -> ResponseReturnValue:
    """The list as it is printed: as it stands while it is open, or as one signing (``signed``) left it."""
    one = find(str(list_id))
    change = asked.query.text("signed")
    found = _paper_of(one, change)
    return render_template("cases/paper.html", one=one, title=title_of(one), paper=found, signed=bool(change))


def _paper_of(one: SupportList, change: str) -> Paper:
    if not change:
        signed = signing.signed_as(one) if one.state == "signed" else None
        return signed.paper if signed else _paper_now(one)
    kept = next((entry.change for entry in intake.journal().history(one.id) if entry.change.id == change), None)
    signed = _signed_by(kept.answers) if kept else None
    if signed is None:
        raise NotFound()
    return signed.paper
