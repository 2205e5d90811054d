"""Limits, code lists and rules that a client shares with the server: stated once here, sent with the questions."""

from __future__ import annotations

from datetime import date
from typing import Any

from fieldapp import housing, surveys
from fieldapp.facts.case_story import START_WITHIN, START_WITHIN_RULE
from fieldapp.reference import Rules


def forms(language: str) -> dict[str, Any]:
    """The surveys as a client needs them, in one language: what ``GET /sync/v1/forms`` sends.

    - ``last_milestones``: by kind of work (``new``, ``repair``), the milestone at which a house is complete
    - ``start_within_days``: how soon after its approval the work begins, where the rules say nothing else; what they
      say is told in each hello, see :func:`start_within`
    """
    described = surveys.describe(language)
    for name, survey in described["surveys"].items():
        if surveys.SURVEYS[name].kept_by:
            described["surveys"][name] = _named(survey)
    return {**described, "last_milestones": housing.LAST, "start_within_days": START_WITHIN}


def start_within(rules: Rules) -> list[dict[str, Any]]:
    """How soon after its approval the work begins: ``days``, of decisions ``from_on`` until ``to_on``, each None where
    that has no end. Of two that hold on one day the later one in the list stands."""
    return [
        {"from_on": _text(one.span.from_on), "to_on": _text(one.span.to_on), "days": int(one.number)}
        for one in rules.of_threshold(START_WITHIN_RULE)
    ]


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _named(survey: dict[str, Any]) -> dict[str, Any]:
    """Of what only offices keep, so much that a record can be named, and what it is about be found."""
    wanted = {
        name: question
        for name, question in survey["questions"].items()
        if question["kind"] == "reference" or name in survey["named_by"]
    }
    return {**survey, "questions": wanted, "order": list(wanted), "sections": []}
