"""Entering and correcting records in the office: the same form as on the tablet, posted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import cases, intake, naming
from fieldapp.db import begin_writing, db
from fieldapp.facts.counting import need_of
from fieldapp.i18n import _, language
from fieldapp.photos import attachments
from fieldapp.problems import NotFound
from fieldapp.review.sequence import misfits_of
from fieldapp.surveys import SURVEYS, HouseholdMember, describe, of_kind, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Finding
from fieldapp.web import asked, not_lost, shown
from fieldapp.web.access import me, mine, must, must_add, must_see_photos, signed_in
from fieldapp.web.forms import FILES, SurveyForm, first_shown, form_for
from fieldapp.web.records.alike import Alike, households_like
from fieldapp.web.records.listing import LISTED
from fieldapp.web.records.odd import misfit_told
from fieldapp.web.records.record import find
from sync import new_record_id

bp = Blueprint("office", __name__)

Heads = Mapping[str, list[str]]
Asked = tuple[str, str, str]
"""What is asked back: question, sentence, and the key by which it is confirmed."""
Looked = Mapping[str, Sequence[tuple[str, attachments.PhotoCheck]]]
"""The files in a form, by question: the name of each, and what it turned out to be."""


@bp.route("/records/new/<survey>", methods=["GET", "POST"])
@signed_in("add")
def new(survey: str) -> ResponseReturnValue:
    """A new record; one about a household starts from the page of that household."""
    if survey not in LISTED:
        raise NotFound()
    looked = _begin()
    model = SURVEYS[survey]
    about = _about(model)
    if model.kept_by and not (about and model.stands and mine().may(model.kept_by)):
        raise NotFound()
    if about is None and "household" in questions(model):
        flash(_("First choose the household, then add the record on its page."), "warning")
        return redirect(url_for("records.listing", survey="household"))
    form = _form(model, _known(model, about))
    alike: list[Alike] = []
    asking: list[Asked] = []
    entry = asked.form.record("new-record") or new_record_id()
    if form.is_submitted() and _is_there(model, entry, form):
        return _onward(model, entry, form.answers)
    if form.is_submitted() and _is_sound(form, looked, about):
        asking = form.asking({})
        alike = households_like(form.answers, _told_apart()) if survey == "household" and not asking else []
        if not alike and not asking:
            must_see_photos(survey, form.answers, {})
            must_add(model, intake.concerned(survey, form.answers))
            return _saved(model, _unused(entry), form.answers, None)
    title = _("New record: %(survey)s", survey=str(model.title))
    back = _back(model, about, form)
    return _drawn(form, title, about=about, heads={}, back=back, alike=alike, asking=asking, entry=entry)


def _is_there(model: type[Record], entry: str, form: SurveyForm) -> bool:
    """Whether this form was saved already: it was sent twice, by two presses, by going back, or on a bad line."""
    there = db.session.get(model, entry)
    if there is None or there.author != me().id or not form.validate():
        return False
    saved = shown.values_of(there)
    photos = {field.name for field in form.questions() if field.kind == "photo"}
    return all(saved.get(name) == value for name, value in form.answers.items() if name not in photos)


def _unused(entry: str) -> str:
    """The id that the form was drawn with; another where something has it: the form was changed and sent again."""
    return entry if intake.journal().survey_of(entry) is None else new_record_id()


@bp.route("/records/<uuid:record_id>/edit", methods=["GET", "POST"])
@signed_in("edit")
def edit(record_id: Any) -> ResponseReturnValue:
    """Correct a record. What somebody else changed since the page was opened is kept beside it, as a conflict."""
    looked = _begin()
    record = find(str(record_id))
    must("edit", record)
    if record.kept_by:  # it is moved on from a page of its own
        return redirect(url_for("cases.page", case_id=record.id))
    was = first_shown(record.survey, shown.values_of(record))
    form = _form(type(record), was)
    asking: list[Asked] = []
    if form.is_submitted() and _is_sound(form, looked, None, record.id):
        changed = form.changed(was)  # what others dispute and was left as it stood is not settled by that
        _must_go(record, changed)
        asking = form.asking(was)
        if not asking:
            return _saved(type(record), record.id, changed, _knowing(record))
    title = _("Correct: %(name)s", name=shown.name_of(record))
    heads = _knowing(record) if form.is_submitted() else record.heads
    back = url_for("records.page", record_id=record.id)
    return _drawn(form, title, about=None, heads=heads, back=back, asking=asking, was=was)


@bp.get("/records/questions/<survey>")
@signed_in("add")
def described(survey: str) -> ResponseReturnValue:
    """The questions of a survey with their rules, in the language of the page, for the form's own script."""
    if survey not in LISTED:
        raise NotFound()
    return jsonify(describe(language())["surveys"][survey])


def _begin() -> Looked:
    """Look at the photos in what is posted; then it is read and saved in one transaction, begun as a writer."""
    if request.method != "POST":
        return {}
    db.session.rollback()  # nobody waits for a connection while pictures are decoded
    sent = {name: asked.files(f"{name}{FILES}") for name in map(_question, asked.file_names()) if name}
    looked = {
        name: [(file.filename or "", attachments.look(file.read())) for file in files] for name, files in sent.items()
    }
    begin_writing()
    return looked


def _question(field: str) -> str:
    return field.removesuffix(FILES) if field.endswith(FILES) else ""


def _about(model: type[Record]) -> Record | None:
    """The household a new record will be about; None where the survey is about none, or none is named yet."""
    named = asked.form.record("household") or asked.query.record("household")
    return find(named) if named and "household" in questions(model) else None


def _known(model: type[Record], about: Record | None) -> dict[str, Any]:
    """What a new record says before anybody types: the household, and its need that counts where one is asked for."""
    if about is None:
        return {}
    need = need_of(about.id) if "need" in questions(model) else None
    found = {
        "household": about.id,
        "need": need.id if need else None,
        **cases.begun_with(model.survey, about.id, _named()),
    }
    return {name: value for name, value in found.items() if value and name in questions(model)}


def _named() -> dict[str, str | None]:
    """The case and the payment that a new record is about, where the address names them."""
    return {name: asked.query.record(name) for name in ("case", "corrects")}


def _back(model: type[Record], about: Record | None, form: SurveyForm) -> str:
    if about is None:
        return url_for("records.listing", survey=model.survey)
    case = form.answers.get("case") if model.stands else None
    return url_for("cases.page", case_id=case) if case else url_for("records.page", record_id=about.id)


def _form(model: type[Record], answers: Mapping[str, Any]) -> SurveyForm:
    villages = naming.villages_to_choose((each.village, each.commune) for each in shown.gazetteer().values())
    form = form_for(model, answers=answers, villages=villages, records=_members(model, answers))
    form.confirmed = _confirmed()
    return form


def _members(model: type[Record], answers: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Of each question that points to a member: those of the household to choose from, and who is chosen already."""
    row = HouseholdMember
    found = {}
    for question in of_kind(model.survey, "reference"):
        if question.of == row.survey:
            here = sa.and_(row.household == answers.get("household"), sa.not_(row.withdrawn))
            query = sa.select(row.id, row.name).where(sa.or_(here, row.id == answers.get(question.name)))
            named = db.session.execute(query.order_by(row.created_at, row.created_stamp))
            found[question.name] = [(id, name or id) for id, name in named]
    return found


def _is_sound(form: SurveyForm, looked: Looked, about: Record | None, record: str | None = None) -> bool:
    """Whether the form can be saved: its own rules, a village of this person's area, photos that are photos."""
    refused = _take_photos(form, looked)
    sound = form.validate()
    told = cases.faults(form.survey.survey, form.answers, record) if sound else {}
    form.doubt(_misfits(form, record))
    for field in form.questions():
        if field.name in refused:
            field.errors = [refused[field.name], *field.errors]
        if field.name in told:
            field.errors = [*field.errors, told[field.name]]
        chosen = field.kind == "village" or field.question.of == HouseholdMember.survey
        if chosen and field.answer is not None and field.answer not in dict(field.offered):
            raise NotFound()
        if field.name == "household" and about is not None and field.answer != about.id:
            raise NotFound()
    return sound and not refused and not told


def _misfits(form: SurveyForm, record: str | None) -> list[Finding]:
    """What does not fit with the other visits to the house, asked as an unusual answer is."""
    if form.survey.survey != "progress_visit":
        return []
    found = misfits_of({record or "": form.answers}).get(record or "", [])
    return [Finding(one.question, "doubt", "warning", misfit_told(one), by=one.question) for one in found]


def _take_photos(form: SurveyForm, looked: Looked) -> dict[str, str]:
    """Keep the photos that were added, as if they had been in the form; a sentence for each file that is none."""
    refused: dict[str, str] = {}
    not_lost.files_kept()
    for field in form.questions():
        for file, seen in looked.get(field.name, ()) if field.kind == "photo" else ():
            attachments.note(seen)
            attachments.note_bringer(seen.sha256, me().id)
            if why := attachments.refusal(seen.sha256):
                refused[field.name] = _("“%(file)s” was not added. %(why)s", file=file, why=why)
            else:
                field.typed = [*field.typed, seen.named()]
    return refused


def _saved(
    model: type[Record], record_id: str, answers: Mapping[str, Any], knowing: Heads | None
) -> ResponseReturnValue:
    intake.save(model.survey, record_id, answers, account=me(), knowing=knowing)
    return _onward(model, record_id, answers)


def _onward(model: type[Record], record_id: str, answers: Mapping[str, Any]) -> ResponseReturnValue:
    """It is saved: say so, and go to where the person goes on."""
    db.session.commit()
    flash(_("Saved."), "good")
    if asked.form.text("then") == "next":
        return redirect(url_for("office.new", survey=model.survey, household=answers["household"]))
    household = answers.get("household")
    if model.stands and answers.get("case"):
        return redirect(url_for("cases.page", case_id=answers["case"]))
    if household and not model.reviewed:  # it is seen at once among the others of its household
        return redirect(url_for("records.page", record_id=household, _anchor=model.survey))
    return redirect(url_for("records.page", record_id=record_id))


def _told_apart() -> list[str]:
    """The households of which a person said that the new one is another."""
    return " ".join(asked.form.texts("distinct", most=asked.JSON_LETTERS)).split()


def _confirmed() -> list[str]:
    """The keys of what a person said is right of what was asked back."""
    return [key for text in asked.form.texts("confirmed", most=asked.JSON_LETTERS) for key in text.splitlines()]


def _must_go(record: Record, changed: Mapping[str, Any]) -> None:
    """Pass only where this person may take a record to where these answers would take it."""
    before = shown.values_of(record)
    new = {name: value for name, value in changed.items() if value != before[name]}
    must_see_photos(record.survey, new, before)
    places = intake.concerned(record.survey, new)
    must("move" if places - {record.area} else "edit", record, places=places)
    if record.contested and any(name in record.conflicts for name in new):
        must("settle", record, places=places)


def _knowing(record: Record) -> Heads:
    """The heads the person was shown, from the page; only changes that really are of this record."""
    told = asked.form.json("heads", dict[str, list[str]])
    if told is None:
        return record.heads
    real = {entry.change.id for entry in intake.journal().history(record.id)}
    seen = {name: told.get(name, []) for name in questions(type(record))}
    return {name: [id for id in ids if id in real] for name, ids in seen.items()}


def _drawn(
    form: SurveyForm,
    title: str,
    *,
    about: Record | None,
    heads: Heads,
    back: str,
    alike: Sequence[Alike] = (),
    asking: Sequence[Asked] = (),
    entry: str = "",
    was: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """``entry``: the id that a new record will have; ``was``: what one to be corrected showed when it was opened."""
    wrong = bool(alike or asking) or any(field.errors for field in form.questions())
    db.session.commit()  # photos that were added stay with the form while its mistakes are mended
    html = render_template(
        "records/form.html",
        form=form,
        title=title,
        about=shown.name_of(about) if about else "",
        place=shown.place_line(about.area) if about else "",
        heads=json.dumps(dict(heads), separators=(",", ":")),
        back=back,
        entry=entry,
        was=was,
        alike=alike,
        asking=asking,
        confirmed=_confirmed(),
        then=asked.form.text("then"),
        distinct=_told_apart(),
        one_by_one=about is not None and not form.survey.reviewed and not form.survey.stands,
    )
    return html, 422 if wrong else 200
