"""The questionnaires. One survey is one file and one table; everything else loops over the questions they declare.

A new survey: write the file, add its class to ``SURVEYS``, run ``make migration`` and ``make translations``.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, TypeAlias

from fieldapp.i18n import speaking
from fieldapp.surveys import choices as lists
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.decision import Decision
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.surveys.progress_visit import ProgressVisit
from fieldapp.surveys.question import Finding, Question, Unreadable
from fieldapp.surveys.rules import Answers, Condition, Rule, Value
from fieldapp.surveys.wording import finished

__all__ = [
    "SURVEYS",
    "Answers",
    "Base",
    "Decision",
    "Finding",
    "Household",
    "HousingNeed",
    "ProgressVisit",
    "Question",
    "Record",
    "Rule",
    "Section",
    "Unreadable",
    "Value",
    "asked",
    "check",
    "describe",
    "name_of",
    "questions",
    "sections",
    "tidy",
]

SURVEYS: dict[str, type[Record]] = {model.survey: model for model in (Household, HousingNeed, ProgressVisit, Decision)}
"""Every survey, by name."""

Survey: TypeAlias = str | type[Record]


def questions(survey: Survey) -> dict[str, Question]:
    """The questions of a survey by name, in the order they are asked.

    :raises KeyError: there is no such survey.
    """
    return _questions(survey if isinstance(survey, str) else survey.survey)


@cache
def _questions(survey: str) -> dict[str, Question]:
    columns = {c.key: c for c in Base.metadata.tables[SURVEYS[survey].survey].columns if "question" in c.info}
    names = {name: column.info["question"].short for name, column in columns.items()}
    found = {name: finished(column.info["question"], name, names) for name, column in columns.items()}
    for name, column in columns.items():
        column.info["question"] = found[name]
    return found


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
    counted: dict[str, Value] = {}
    found: set[str] = set()
    for name, question in questions(survey).items():
        if question.is_asked(counted):
            found.add(name)
            counted[name] = answers.get(name)
    return found


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


def describe(language: str) -> dict[str, Any]:
    """Every survey as a client needs it, in one language: what ``GET /sync/v1/forms`` sends."""
    with speaking(language):
        surveys = {name: _described(model, language) for name, model in SURVEYS.items()}
    return {"language": language, "surveys": surveys}


def _described(model: type[Record], language: str) -> dict[str, Any]:
    return {
        "version": model.FORM_VERSION,
        "title": str(model.title),
        "plural": str(model.plural),
        "reviewed": model.reviewed,
        "named_by": list(model.named_by),
        "searched_by": list(model.searched_by),
        "sections": [
            {"title": str(part.title), "intro": _text(part.intro), "questions": names}
            for part, names in sections(model)
        ],
        "questions": {name: _question(question, language) for name, question in questions(model).items()},
    }


def _question(question: Question, language: str) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "label": str(question.label),
        "short": str(question.short),
        "hint": _text(question.hint),
        "unit": _text(question.unit),
        "rules": [_rule(rule) for rule in question.rules],
        "asked_if": _asked_if(question.asked_if),
        "choices": _choices(question, language),
        "of": question.of,
        "private": question.private,
        "unreadable": str(question.unreadable),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    when = None if rule.when is None else _condition(rule.when)
    return {"word": rule.word, "arg": rule.arg, "message": str(rule.message), "level": rule.level, "when": when}


def _asked_if(conditions: tuple[Condition, ...] | None) -> Any:
    if conditions is None:
        return None
    plain = [_condition(condition) for condition in conditions]
    return plain[0] if len(plain) == 1 else plain


def _condition(condition: Condition) -> dict[str, list[Any]]:
    return {question: list(codes) for question, codes in condition.items()}


def _choices(question: Question, language: str) -> list[dict[str, Any]] | None:
    if question.choices is None:
        return None
    found = [
        {"code": choice.code, "label": choice.label(language), "retired": choice.retired}
        for choice in lists.choices(question.choices)
    ]
    if question.kind == "yes_no":
        return [{**one, "code": one["code"] == "yes"} for one in found]
    return found


def _text(text: str | None) -> str | None:
    return None if text is None else str(text)
