"""All rules, in words: programmes as they stand on a day, one programme with all it asks and gives, the other kinds."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import render_template
from flask.typing import ResponseReturnValue

from fieldapp.db import db
from fieldapp.problems import NotFound
from fieldapp.surveys import REFERENCE, SURVEYS, Record
from fieldapp.surveys.reference import ALL, Budget, Programme, ProgrammeCriterion, ProgrammeNorm, Reference
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import signed_in
from fieldapp.web.admin.rules import words

OF_A_PROGRAMME = ("programme", "programme_criterion", "programme_norm", "budget")
ELSEWHERE = (*OF_A_PROGRAMME, "place_indicator")
"""Kinds that have a page of their own."""


class RuleLine(NamedTuple):
    """One rule in a list."""

    id: str
    text: str
    span: str
    state: str
    basis: str
    doubt: str
    contested: bool
    withdrawn: bool


@signed_in("set_rules")
def index() -> ResponseReturnValue:
    """The programmes as they stand on a day, what is in dispute, and the other kinds of rules."""
    day = asked_day()
    rows = _rows(Programme)
    programmes = [_line(row, day) for row in rows if not row.withdrawn]
    order = {"open": 0, "not_yet": 1, "ended": 2}
    return render_template(
        "admin/rules/index.html",
        day=day,
        programmes=sorted(programmes, key=lambda line: (order[line.state], line.text)),
        gone=[_line(row, day) for row in rows if row.withdrawn],
        contested=[_line(row, day) for model in ALL for row in _rows(model, contested=True)],
        kinds=[(model.survey, str(model.plural), _count(model)) for model in ALL if model.survey not in ELSEWHERE],
        states=words.STATES,
    )


@signed_in("set_rules")
def programme(record_id: Any) -> ResponseReturnValue:
    """One programme: all of (any of) its criteria, what it gives and when."""
    found = db.session.get(Programme, str(record_id))
    if found is None:
        raise NotFound()
    day = asked_day()
    criteria = _rows(ProgrammeCriterion, programme=found.id)
    criteria.sort(key=lambda one: (one.part or 0, one.criterion or ""))
    return render_template(
        "admin/rules/programme.html",
        day=day,
        programme=found,
        line=_line(found, day),
        order=words.label("programme", "own_order", words.values(found)),
        parts_of=[
            (part, [_line(one, day) for one in some])
            for part, some in groupby((one for one in criteria if not one.withdrawn), key=lambda one: one.part)
        ],
        next_part=max((one.part or 0 for one in criteria if not one.withdrawn), default=0) + 1,
        budget=[_line(one, day) for one in _rows(Budget, programme=found.id) if not one.withdrawn],
        norms=[_line(one, day) for one in _rows(ProgrammeNorm, programme=found.id) if not one.withdrawn],
        states=words.STATES,
    )


@signed_in("set_rules")
def kind(survey: str) -> ResponseReturnValue:
    """Every rule of one kind."""
    if survey not in REFERENCE or survey in OF_A_PROGRAMME:
        raise NotFound()
    day = asked_day()
    lines = [_line(row, day) for row in _rows(SURVEYS[survey])]
    return render_template(
        "admin/rules/kind.html",
        day=day,
        survey=SURVEYS[survey],
        lines=sorted(lines, key=lambda line: (line.withdrawn, line.text, line.span)),
        states=words.STATES,
    )


def asked_day() -> date:
    """The day asked about; today where none is."""
    day = asked.query.day("day")
    return date.fromisoformat(day) if day else today()


def _rows(model: type[Record], **where: Any) -> list[Any]:
    query = sa.select(model).filter_by(**where).order_by(sa.column("sort_key"), sa.column("id"))
    return list(db.session.scalars(query))


def _count(model: type[Record]) -> int:
    query = sa.select(sa.func.count()).select_from(model).where(sa.not_(model.withdrawn))
    return db.session.scalar(query) or 0


def _line(row: Reference, day: date) -> RuleLine:
    rule = words.values(row)
    return RuleLine(
        row.id,
        words.sentence(row.survey, rule),
        words.span(rule) if row.survey != "programme_criterion" else "",
        words.state(rule, day),
        rule.get("legal_basis") or "",
        words.doubt(rule),
        row.contested,
        row.withdrawn,
    )
