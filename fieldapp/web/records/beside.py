"""Two surveys or visits of one house side by side: every answer of both, and where they differ."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from fieldapp.problems import NotFound
from fieldapp.surveys import asked as asked_of
from fieldapp.surveys import questions, sections
from fieldapp.surveys.base import Record
from fieldapp.web import asked, shown
from fieldapp.web.access import signed_in
from fieldapp.web.records import contents
from fieldapp.web.records.listing import bp
from fieldapp.web.records.record import find
from fieldapp.web.records.related import when_of


class Answered(NamedTuple):
    """One question, answered in two records."""

    label: str
    one: str
    other: str
    differs: bool


class ComparedSection(NamedTuple):
    """A section of the questionnaire with the answers of both."""

    title: str
    answers: list[Answered]


@bp.get("/records/<uuid:one_id>/beside/<uuid:other_id>")
@signed_in("see")
def beside(one_id: Any, other_id: Any) -> ResponseReturnValue:
    """Two records of one survey about one household, the older first."""
    one, other = sorted((find(str(one_id)), find(str(other_id))), key=_order)
    home = shown.household_id(one)
    if one.id == other.id or one.survey != other.survey or home is None or home != shown.household_id(other):
        raise NotFound()
    parts, only = compared(one, other), asked.query.text("only") == "differs"
    return render_template(
        "records/beside.html",
        pages=[contents.build(each) for each in (one, other)],
        whens=[when_of(each) for each in (one, other)],
        parts=[part._replace(answers=[each for each in part.answers if each.differs or not only]) for part in parts],
        differing=sum(each.differs for part in parts for each in part.answers),
        only=only,
        name=shown.name_of(one),
    )


def _order(record: Record) -> tuple[str, datetime, str]:
    return getattr(record, "visited_on", None) or "", record.created_at, record.created_stamp


def compared(one: Record, other: Record) -> list[ComparedSection]:
    """Every question that either of them was asked or answers, section by section; photos stand by themselves."""
    known, values = questions(one.survey), [shown.values_of(each) for each in (one, other)]
    wanted = set().union(*(asked_of(one.survey, each) for each in values))
    found = []
    for section, names in sections(type(one)):
        there = [name for name in names if known[name].kind != "photo" and name != "household"]
        there = [name for name in there if name in wanted or any(each[name] is not None for each in values)]
        answers = [_answered(one.survey, name, *(each[name] for each in values)) for name in there]
        found.append(ComparedSection(str(section.title), answers))
    return found


def _answered(survey: str, name: str, one: Any, other: Any) -> Answered:
    question = questions(survey)[name]
    first, second = (shown.answer(question, value) if value is not None else "" for value in (one, other))
    return Answered(str(question.short), first, second, one != other)
