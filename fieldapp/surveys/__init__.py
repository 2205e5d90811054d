"""The questionnaires. One survey is one file and one table; everything else loops over the questions they declare.

A new survey: write the file, add its class to ``SURVEYS``, run ``make migration`` and ``make translations``.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, TypeAlias

from fieldapp.i18n import language
from fieldapp.surveys.asked_if import Answers, Value, asked_among
from fieldapp.surveys.assignment import Assignment
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.decision import Decision
from fieldapp.surveys.household import Household
from fieldapp.surveys.household_member import HouseholdMember
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.surveys.list_line import ListLine
from fieldapp.surveys.other_support import OtherSupport
from fieldapp.surveys.pairing import Pairing
from fieldapp.surveys.payment import Payment
from fieldapp.surveys.progress_visit import ProgressVisit
from fieldapp.surveys.question import Finding, Question, QuestionKind, UnreadableAnswer
from fieldapp.surveys.reference import ALL as _REFERENCE
from fieldapp.surveys.reply import Reply
from fieldapp.surveys.rules import Rule
from fieldapp.surveys.support_case import SupportCase
from fieldapp.surveys.support_decision import SupportDecision
from fieldapp.surveys.support_list import SupportList
from fieldapp.surveys.village_meeting import VillageMeeting
from fieldapp.surveys.wording import finished

__all__ = [
    "REFERENCE",
    "SURVEYS",
    "Answers",
    "Assignment",
    "Base",
    "Decision",
    "Finding",
    "Household",
    "HouseholdMember",
    "HousingNeed",
    "ListLine",
    "OtherSupport",
    "Pairing",
    "Payment",
    "ProgressVisit",
    "Question",
    "QuestionKind",
    "Record",
    "Reply",
    "Rule",
    "Section",
    "SupportCase",
    "SupportDecision",
    "SupportList",
    "UnreadableAnswer",
    "Value",
    "VillageMeeting",
    "asked",
    "carried",
    "check",
    "describe",
    "listed",
    "name_of",
    "of_kind",
    "own_name",
    "questions",
    "sections",
    "tidy",
]

_ALL: tuple[type[Record], ...] = (
    Household, HouseholdMember, HousingNeed, SupportDecision, SupportCase, SupportList, VillageMeeting, ListLine,
    ProgressVisit, Payment, OtherSupport, Decision, Reply, Pairing, Assignment, *_REFERENCE,
)  # fmt: skip

SURVEYS: dict[str, type[Record]] = {model.survey: model for model in _ALL}
"""Every survey, by name; what others are about comes first."""

REFERENCE: frozenset[str] = frozenset(model.survey for model in _REFERENCE)
"""The surveys of rules."""

Survey: TypeAlias = str | type[Record]


def listed() -> list[type[Record]]:
    """The surveys that are filled in a form and whose records have a page of their own."""
    return [survey for survey in SURVEYS.values() if survey.listed]


def carried() -> list[type[Record]]:
    """The surveys whose forms tablets carry."""
    return [survey for survey in SURVEYS.values() if survey.carried or (survey.listed and not survey.kept_by)]


def questions(survey: Survey) -> dict[str, Question]:
    """The questions of a survey by name, in the order they are asked.

    :raises KeyError: there is no such survey.
    """
    return _questions(survey if isinstance(survey, str) else survey.survey)


@cache
def _questions(survey: str) -> dict[str, Question]:
    columns = {c.key: c for c in Base.metadata.tables[SURVEYS[survey].survey].columns if "question" in c.info}
    names = {name: column.info["question"].short for name, column in columns.items()}
    in_office = SURVEYS[survey] not in carried()
    found = {
        name: finished(column.info["question"], name, names, in_office=in_office) for name, column in columns.items()
    }
    for name, column in columns.items():
        column.info["question"] = found[name]
    return found


@cache
def of_kind(survey: str, kind: QuestionKind) -> tuple[Question, ...]:
    """The questions of a survey that are of one kind."""
    return tuple(question for question in questions(survey).values() if question.kind == kind)


def sections(survey: Survey) -> list[tuple[Section, list[str]]]:
    """Each section of a survey with the names of its questions."""
    model = SURVEYS[survey] if isinstance(survey, str) else survey
    firsts = {section.first: section for section in model.sections}
    found: list[tuple[Section, list[str]]] = []
    for name in questions(model):
        if name in firsts:
            found.append((firsts[name], []))
        found[-1][1].append(name)
    return found


def asked(survey: Survey, answers: Answers) -> set[str]:
    """The names of the questions that are asked. The answer to a question that is not asked counts for nothing."""
    return asked_among(((name, question.asked_if) for name, question in questions(survey).items()), answers)


def tidy(survey: Survey, answers: Answers) -> dict[str, Value]:
    """The answers with those to questions that are not asked emptied: what a finished form saves."""
    wanted = asked(survey, answers)
    return {name: value if name in wanted else None for name, value in answers.items()}


def check(survey: Survey, answers: Answers, today: date) -> list[Finding]:
    """Every rule the answers break, in the order of the questions; questions that are not asked break none."""
    wanted = asked(survey, answers)
    counted = {name: value for name, value in answers.items() if name in wanted}
    return [
        finding
        for name, question in questions(survey).items()
        if name in wanted
        for finding in question.problems(answers.get(name), counted, today)
    ]


def name_of(survey: Survey, answers: Answers) -> str:
    """What a record is called in a list: ``Hoàng Thị Lan (Mụi)``; empty when nothing names it yet."""
    model = SURVEYS[survey] if isinstance(survey, str) else survey
    names = [str(answers[name]) for name in model.named_by if answers.get(name)]
    return f"{names[0]} ({', '.join(names[1:])})" if len(names) > 1 else "".join(names)


def own_name(survey: Survey, answers: Answers) -> str:
    """What names a record beside its household, in the language of the moment: a member's name, the policy and year of
    a support. Empty where nothing does, and for a household."""
    model = SURVEYS[survey] if isinstance(survey, str) else survey
    if model.survey == "household":
        return ""
    known = questions(model)
    shown = [known[name].show(answers[name], language()) for name in model.named_by if answers.get(name) is not None]
    return " ".join(shown)


def describe(language: str, *, rules_too: bool = False) -> dict[str, Any]:
    """Every survey as a client needs it, in one language: what ``GET /sync/v1/forms`` sends. With ``rules_too``, also
    those of rules, which no client fills in."""
    from fieldapp.surveys.describing import described

    return described(language, rules_too)
