"""What is typed into a step of a case: read by the question that it answers, or refused."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.facts.case_story import day_of
from fieldapp.i18n import _
from fieldapp.problems import Problem
from fieldapp.surveys.asked_if import Value
from fieldapp.surveys.question import Question, UnreadableAnswer


def answer(question: Question, text: str, refusal: Callable[..., Problem]) -> Value:
    """The answer in what was typed. A day is given whole: a paper is of one day.

    :raises Problem: as ``refusal`` makes it of ``why``: it cannot be read, or cannot be.
    """
    try:
        found = question.read(text)
    except UnreadableAnswer as unreadable:
        raise refusal(why=question.named(unreadable.message)) from None
    if wrong := question.admits(found):
        raise refusal(why=question.named(wrong.message))
    if question.kind == "date" and found and day_of(found) is None:
        raise refusal(why=question.named(_("Give the whole day.")))
    return found
