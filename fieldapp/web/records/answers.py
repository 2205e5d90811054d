"""A record's answers made ready for reading: section by section, photos apart, and how an edit changed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fieldapp import naming
from fieldapp.i18n import _
from fieldapp.photos import attachments
from fieldapp.problems import Problem
from fieldapp.review import AnswerEdit
from fieldapp.surveys import asked, questions, sections
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.web import shown

APART = ("photo", "point")
"""Kinds of answers that are shown in a panel of their own."""


@dataclass(frozen=True)
class ShownAnswer:
    """One answer, as it is read."""

    question: str
    label: str
    text: str
    contested: bool = False
    pins: list[str] = field(default_factory=list)
    record: str = ""


class ShownSection(NamedTuple):
    """A section of the questionnaire with its answers."""

    title: str
    facts: list[ShownAnswer]


class Picture(NamedTuple):
    """A photo of an answer; ``state`` as :mod:`fieldapp.photos.attachments` knows it; ``why`` it cannot be shown."""

    sha256: str
    label: str
    state: str
    why: Problem | None


class EditLine(NamedTuple):
    """One answer that changed."""

    label: str
    before: str
    after: str
    unseen: bool


def sections_of(record: Record, answers: dict[str, Any], pins: dict[str, list[str]]) -> list[ShownSection]:
    """Its answers but photos and positions, section by section; ``pins``: the comments on each question."""
    wanted, known = asked(type(record), answers), questions(type(record))
    groups = []
    for section, names in sections(type(record)):
        facts = [
            answer_line(record, known[name], answers[name], pins.get(name, []))
            for name in names
            if known[name].kind not in APART and (name in wanted or answers[name] is not None)
        ]
        if facts:
            groups.append(ShownSection(str(section.title), facts))
    return groups


def answer_line(record: Record, question: Question, value: Any, pins: list[str]) -> ShownAnswer:
    """One answer of a record; ``pins``: the comments on it."""
    linked = value if question.kind == "reference" and value else ""
    contested = question.name in record.conflicts
    return ShownAnswer(question.name, str(question.short), shown.answer(question, value), contested, pins, linked)


def pictures_of(known: dict[str, Question], answers: dict[str, Any]) -> list[Picture]:
    """The photos that these answers name, in the order of the questions."""
    named = [
        (photo["sha256"], str(question.short))
        for name, question in known.items()
        if question.kind == "photo" and question.fits(answers[name])
        for photo in answers[name] or ()
    ]
    states = attachments.states(sha256 for sha256, _label in named)
    return [_picture(sha256, label, states.get(sha256, attachments.ABSENT)) for sha256, label in named]


def _picture(sha256: str, label: str, state: str) -> Picture:
    why = attachments.refusal(sha256) if state == attachments.NOT_A_PHOTO else None
    return Picture(sha256, label, state, why)


def value_text(record: Record, question: str, value: Any) -> str:
    """A value as it is read; one that is empty says so."""
    return shown.answer(questions(type(record)).get(question), value) or _("(empty)")


def edits(record: Record, changed: Iterable[AnswerEdit]) -> list[EditLine]:
    """Edits as lines for people."""
    return [
        EditLine(
            naming.question(type(record), edit.question),
            value_text(record, edit.question, edit.before),
            value_text(record, edit.question, edit.after),
            edit.unseen,
        )
        for edit in changed
    ]


ABOUT = ("village", "head_name", "ethnic_group", "members", "poverty_class", "vulnerable", "phone")
"""What a reader of a need or a visit wants to know of the household."""


def household_answers(record: Record) -> list[ShownAnswer]:
    """Of the page of a need or a visit: what it tells of the household."""
    household = shown.household_of(record)
    if household is None or household is record:
        return []
    known, answers = questions("household"), shown.values_of(household)
    return [answer_line(household, known[name], answers[name], []) for name in ABOUT if answers[name] is not None]
