"""When a question is asked: ``asked_if`` names answers to earlier questions, of which one must have been given.

``static/app/twins/asked_if.js`` has the same; ``tests/cases/rules.json`` binds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""An answer in its canonical form: what a change carries."""
Answers: TypeAlias = Mapping[str, Any]
Condition: TypeAlias = Mapping[str, tuple[Any, ...]]
"""Codes by question: true when every question named has one of its codes as its answer."""
Conditions: TypeAlias = tuple[Condition, ...] | None
"""Any of these conditions; None of a question that is always asked."""


def asked_among(conditions: Iterable[tuple[str, Conditions]], answers: Answers) -> set[str]:
    """The names of the questions that are asked, of (name, condition) in the order of the form.

    The answer to a question that is not asked counts for nothing, also where another one depends on it.
    """
    counted: dict[str, Value] = {}
    found: set[str] = set()
    for name, condition in conditions:
        if condition is None or is_asked(condition, counted):
            found.add(name)
            counted[name] = answers.get(name)
    return found


def is_asked(conditions: Conditions, answers: Answers) -> bool:
    """Whether one of the conditions holds, looking at these answers alone."""
    if conditions is None:
        return True
    for condition in conditions:  # noqa: SIM110  a page of a hundred records asks it some thousand times
        if holds(condition, answers):
            return True
    return False


def holds(condition: Condition, answers: Answers) -> bool:
    """Whether every question of a condition has one of its codes; an answer of several codes needs one in common."""
    for question, wanted in condition.items():  # noqa: SIM110
        if not is_one_of(answers.get(question), wanted):
            return False
    return True


def is_one_of(value: Value, wanted: tuple[Any, ...]) -> bool:
    """Whether an answer, or one of several codes of it, is among these; true is not 1, and false is not 0."""
    for one in value if isinstance(value, list) else (value,):
        for code in wanted:
            if one == code and isinstance(one, bool) == isinstance(code, bool):
                return True
    return False
