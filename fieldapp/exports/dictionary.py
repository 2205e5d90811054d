"""The data dictionary: every question of every survey, made from the questions themselves."""

from __future__ import annotations

from fieldapp.i18n import _, _l, language
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.choices import choices
from fieldapp.surveys.question import Question

HEADINGS: dict[str, str] = {
    "survey": _l("Survey"),
    "name": _l("Name"),
    "kind": _l("Kind"),
    "label": _l("Question"),
    "short": _l("Heading in lists"),
    "unit": _l("Unit"),
    "required": _l("Required"),
    "asked_if": _l("Asked if"),
    "rules": _l("Rules"),
    "choices": _l("Choices"),
    "private": _l("Sensitive"),
}


def dictionary() -> list[dict[str, str]]:
    """One line a question, in the language of the moment; keys are those of :data:`HEADINGS`."""
    return [_line(survey, question) for survey in SURVEYS for question in questions(survey).values()]


def _line(survey: str, question: Question) -> dict[str, str]:
    return {
        "survey": survey,
        "name": question.name,
        "kind": question.kind,
        "label": str(question.label),
        "short": str(question.short),
        "unit": str(question.unit or ""),
        "required": _("yes") if question.required else "",
        "asked_if": _asked_if(question),
        "rules": "; ".join(_rule(rule.word, rule.arg, rule.level) for rule in question.rules),
        "choices": "; ".join(_choices(question)),
        "private": _("yes") if question.private else "",
    }


def _asked_if(question: Question) -> str:
    conditions = question.asked_if or ()
    return " | ".join(
        " & ".join(f"{name} = {'/'.join(map(str, codes))}" for name, codes in condition.items())
        for condition in conditions
    )


def _rule(word: str, arg: object, level: str) -> str:
    text = word if arg is None else f"{word} {arg}"
    return text if level == "error" else f"({text})"


def _choices(question: Question) -> list[str]:
    if not question.choices:
        return []
    return [f"{choice.code} = {choice.label(language())}" for choice in choices(question.choices)]
