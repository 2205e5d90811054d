"""The surveys as a client needs them: data and sentences, in one language."""

from __future__ import annotations

from typing import Any

from fieldapp import surveys
from fieldapp.i18n import speaking
from fieldapp.surveys import choices as lists
from fieldapp.surveys.asked_if import Condition
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.surveys.rules import Rule


def described(language: str, rules_too: bool = False) -> dict[str, Any]:
    """Every survey as a client needs it, in one language: what ``GET /sync/v1/forms`` sends."""
    with speaking(language):
        wanted = {name: model for name, model in surveys.SURVEYS.items() if rules_too or not model.reference}
        found = {name: _described(model, language) for name, model in wanted.items()}
    return {"language": language, "surveys": found}


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
            for part, names in surveys.sections(model)
        ],
        "order": list(surveys.questions(model)),  # objects have none that a client could rely on
        "questions": {
            name: question_as_sent(question, language) for name, question in surveys.questions(model).items()
        },
    }


def question_as_sent(question: Question, language: str) -> dict[str, Any]:
    """One question as a client needs it; call it while speaking the language."""
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
