"""Indicators of places: entered and corrected by offices, each value with its history and what is in dispute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, naming, people, places, review
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, language
from fieldapp.problems import Forbidden, NotFound
from fieldapp.reference.naming import id_of
from fieldapp.reports import province
from fieldapp.rulebook.doubts import is_place
from fieldapp.surveys import choices, questions
from fieldapp.surveys.reference import PlaceIndicator
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.cases.words import place_name
from fieldapp.web.forms import SurveyForm, first_shown, form_for
from sync import WITHDRAWN

PAGE = 100


class IndicatorLine(NamedTuple):
    """One value in the list."""

    id: str
    name: str
    place: str
    value: str
    note: str
    contested: bool
    withdrawn: bool


class EnteredValue(NamedTuple):
    """One of several values that were entered without knowing of each other: its head, who entered it, on which device
    and when."""

    head: str
    value: str
    author: str
    device: str
    at: datetime


@signed_in("report")
def listing() -> ResponseReturnValue:
    """The indicators, the newest of each first; of one indicator or one year where that is asked for."""
    row = PlaceIndicator
    query = sa.select(row).where(sa.not_(row.withdrawn))
    if indicator := asked.query.one_of("indicator", choices.codes("indicator")):
        query = query.where(row.indicator == indicator)
    if year := asked.query.number("year", 0, least=2000, most=2100):
        query = query.where(row.period.startswith(str(year)))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    found = query.order_by(row.indicator, row.period.desc(), row.place, row.id).limit(PAGE).offset((number - 1) * PAGE)
    kept = asked.query.kept("indicator", "year")
    return render_template(
        "figures/indicators.html",
        lines=[_line(one) for one in db.session.scalars(found)],
        total=total,
        number=number,
        last=last,
        indicators=[(one.code, one.label(language())) for one in choices.choices("indicator")],
        page_url=lambda page: url_for("figures.indicators", **kept, page=page),
        may_keep=people.may(me(), "keep_indicator"),
        may_import=people.may(me(), "import"),
    )


def _line(one: PlaceIndicator) -> IndicatorLine:
    label = choices.label("indicator", one.indicator or "", language())
    return IndicatorLine(one.id, label, place_name(one.place or ""), *province.shown(one), one.contested, one.withdrawn)


@signed_in("keep_indicator")
def new() -> ResponseReturnValue:
    """A value that nobody has entered yet."""
    _begin()
    form = form_for(PlaceIndicator)
    if form.is_submitted() and form.validate() and not _refuse(form):
        record = id_of(PlaceIndicator.survey, form.answers)
        row = db.session.get(PlaceIndicator, record)
        if row is None or row.withdrawn:
            back = {WITHDRAWN: False} if row is not None else {}
            return _saved(record, {**form.answers, **back}, row.heads if row else {})
        known = _("There is a value of this indicator, place and time already: open it and correct it.")
        form["period"].errors = [known]
    return _drawn(form, None)


@signed_in("keep_indicator")
def edit(record_id: Any) -> ResponseReturnValue:
    """Another value; which indicator, place and time it is of stays as it is."""
    _begin()
    one = _mine(str(record_id))
    was = first_shown(one.survey, shown.values_of(one))
    heads = _seen(one)
    form = form_for(PlaceIndicator, answers=was)
    if form.is_submitted() and form.validate() and not _refuse(form):
        changed = form.changed(was)
        if not changed.keys() & set(PlaceIndicator.key):
            return _saved(one.id, changed, heads)
        form["indicator"].errors = [_("Indicator, place and time stay. Enter another one instead.")]
    return _drawn(form, one, was, heads)


@signed_in("keep_indicator")
def settle(record_id: Any) -> ResponseReturnValue:
    """One of two values that were entered apart holds."""
    begin_writing()
    one = _mine(str(record_id))
    name, head = asked.form.text("question"), asked.form.text("head")
    entry = intake.journal().entry(head) if head in one.heads.get(name, ()) else None
    if name not in one.conflicts or entry is None:
        raise NotFound()
    return _saved(one.id, {name: entry.change.answers.get(name)}, _seen(one))


@signed_in("keep_indicator")
def withdraw(record_id: Any) -> ResponseReturnValue:
    """A value is taken back, or holds again."""
    begin_writing()
    one = _mine(str(record_id))
    return _saved(one.id, {WITHDRAWN: not one.withdrawn}, _seen(one))


def _seen(one: PlaceIndicator) -> dict[str, list[str]]:
    """The heads of a value that the page showed from which this is posted; what came since is nobody's to replace."""
    return asked.form.json("heads", dict[str, list[str]]) or one.heads


@signed_in("report")
def record(record_id: Any) -> ResponseReturnValue:
    """The page of a value: what it says, what is in dispute, what happened to it."""
    one = _find(str(record_id))
    known = questions(PlaceIndicator)
    return render_template(
        "figures/indicator.html",
        one=one,
        line=_line(one),
        answers=[(str(known[name].short), _answer(name, value)) for name, value in shown.values_of(one).items()],
        disputes=[(name, str(known[name].short), _said(one, name)) for name in one.conflicts if name in known],
        steps=review.history_of(one.id, []),
        edits=lambda step: [
            (str(known[each.question].short), _answer(each.question, each.before), _answer(each.question, each.after))
            for each in step.edits
            if each.question in known
        ],
        author=_author,
        may_keep=people.may(me(), "keep_indicator") and _is_within(one.place),
    )


def _begin() -> None:
    """What is posted is read and saved in one transaction, begun as a writer."""
    if request.method == "POST":
        begin_writing()


def _answer(name: str, value: Any) -> str:
    return place_name(value or "") if name == "place" else shown.answer(questions(PlaceIndicator)[name], value)


def _said(one: PlaceIndicator, name: str) -> list[EnteredValue]:
    """What was entered of a question in dispute."""
    changes = [entry.change for head in one.heads.get(name, []) if (entry := intake.journal().entry(head))]
    named = naming.devices({change.device for change in changes})
    return [
        EnteredValue(
            change.id,
            _answer(name, change.answers.get(name)),
            _author(change.author),
            named.get(change.device) or naming.nameless_device(change.device),
            change.moment,
        )
        for change in changes
    ]


def _author(account: str) -> str:
    found = db.session.get(people.Account, account)
    return found.name if found else account


def _find(record: str) -> PlaceIndicator:
    found = db.session.get(PlaceIndicator, record)
    if found is None:
        raise NotFound()
    return found


def _mine(record: str) -> PlaceIndicator:
    """One that this person may write. :raises Forbidden: it is of a place outside her area."""
    one = _find(record)
    if not _is_within(one.place):
        raise Forbidden()
    return one


def _is_within(place: str | None) -> bool:
    """Whether all of a place lies within the person's area; the province only for who sees all of it."""
    areas = my_areas()
    if areas is None:
        return True
    code, _at, vintage = (place or "").partition("@")
    inside = places.villages_of(int(vintage), code) if vintage.isascii() and vintage.isdigit() else []
    return bool(inside) and areas.issuperset(inside)


def _refuse(form: SurveyForm) -> bool:
    """Whether the place is on no list, or not this person's; said beside it."""
    place = form.answers["place"]
    if place and not is_place(place):
        form["place"].errors = [_("This place is on none of the lists here. Write code and year, such as 02155@2025.")]
    elif not _is_within(place):
        form["place"].errors = [_("You may enter indicators of places within your own area only.")]
    return bool(form["place"].errors)


def _saved(record: str, answers: dict[str, Any], heads: dict[str, list[str]]) -> ResponseReturnValue:
    intake.save(PlaceIndicator.survey, record, answers, account=me(), knowing=heads)
    db.session.commit()
    flash(_("Saved."), "good")
    return redirect(url_for("figures.indicator", record_id=record))


def _drawn(
    form: SurveyForm,
    one: PlaceIndicator | None,
    was: Mapping[str, Any] | None = None,
    heads: Mapping[str, list[str]] | None = None,
) -> ResponseReturnValue:
    """``was`` and ``heads``: of one to be corrected, what its page showed when it was opened."""
    bad = any(field.errors for field in form.questions())
    return render_template("figures/indicator_form.html", form=form, one=one, was=was, heads=heads), 422 if bad else 200
