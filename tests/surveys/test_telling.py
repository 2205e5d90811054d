"""One wrong answer is told once, at the answer that is wrong, however many others it contradicts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fieldapp.i18n import speaking
from fieldapp.surveys import SURVEYS, check, questions
from fieldapp.surveys.telling import told_once

TODAY = date(2026, 8, 1)
HOUSE = {
    "visited_on": "2026-07-20",
    "has_house": "nha_rieng",
    "built_year": 1998,
    "was_repaired": True,
    "last_repair_year": 2010,
}
VISIT = {"visited_on": "2026-07-20", "need_type": "xay_moi", "milestone_new": "5", "started_on": "2026-03-02"}
DONE = {"completed_on": "2026-06-30", "accepted_on": "2026-07-01"}
HOME = {"members": 5, "women": 2, "children_under_16": 2, "elderly_60_plus": 1, "disabled": 0, "labourers": 2}

# The survey, sound answers, and what is wrong with them: the one answer that is told of it.
WRONG: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("housing_need", HOUSE, {"built_year": 2062}, "built_year"),
    ("housing_need", HOUSE, {"last_repair_year": 1910}, "last_repair_year"),
    ("housing_need", HOUSE, {"visited_on": "2062-07-20"}, "visited_on"),
    ("housing_need", HOUSE, {"built_year": 2022, "last_repair_year": 2024, "visited_on": "2020-07-20"}, "visited_on"),
    ("progress_visit", {**VISIT, **DONE}, {"started_on": "2026-07-30"}, "started_on"),
    ("progress_visit", {**VISIT, **DONE}, {"completed_on": "2026-07-30"}, "completed_on"),
    ("progress_visit", {**VISIT, **DONE}, {"visited_on": "2025-07-20"}, "visited_on"),
    ("household", HOME, {"members": 1}, "members"),
    ("household", HOME, {"labourers": 9}, "labourers"),
]


def told(survey: str, answers: dict[str, Any]) -> list[tuple[str, str]]:
    """What is told about the answers that are there: the question, and the sentence."""
    with speaking("vi"):
        found = [each for each in check(survey, answers, TODAY) if each.word != "required"]
    return [(each.question, each.message) for each in told_once(found, list(questions(survey)))]


@pytest.mark.parametrize(("survey", "sound", "wrong", "question"), WRONG, ids=str)
def test_one_wrong_answer_is_told_once_where_it_is_wrong(
    survey: str, sound: dict[str, Any], wrong: dict[str, Any], question: str
) -> None:
    assert told(survey, sound) == []
    found = told(survey, {**sound, **wrong})
    assert [name for name, _message in found] == [question]


def test_what_contradicts_another_answer_names_it() -> None:
    [(_question, message)] = told("progress_visit", {**VISIT, **DONE, "visited_on": "2025-07-20"})
    names = questions("progress_visit")
    with speaking("vi"):
        assert str(names["visited_on"].short) in message
        assert any(str(names[other].short) in message for other in ("started_on", "completed_on", "accepted_on"))


def test_every_contradiction_is_told_somewhere_until_it_is_mended() -> None:
    wrong = {"started_on": "2026-07-30", "completed_on": "2026-02-01", "accepted_on": "2026-01-01"}
    answers = {**VISIT, **wrong}
    for _round in range(len(wrong) + 1):
        found = told("progress_visit", answers)
        if not found:
            break
        answers[found[0][0]] = None
    assert told("progress_visit", answers) == []


@pytest.mark.parametrize("survey", SURVEYS)
def test_what_an_answer_is_compared_with_is_another_question_of_its_survey(survey: str) -> None:
    known = questions(survey)
    compared = {(name, other) for name, one in known.items() for rule in one.rules for other in rule.others}
    assert {other for _name, other in compared} <= set(known)
    assert not [name for name, other in compared if name == other]
