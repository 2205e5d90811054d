"""What a client must know as the server knows it, beside the questions: it travels with them, and is stated once."""

from __future__ import annotations

from typing import Any

from fieldapp import housing, surveys


def forms(language: str) -> dict[str, Any]:
    """The surveys as a client needs them, in one language: what ``GET /sync/v1/forms`` sends.

    - ``last_milestones``: by kind of work (``new``, ``repair``), the milestone at which a house is complete
    """
    described = surveys.describe(language)
    for name, survey in described["surveys"].items():
        if surveys.SURVEYS[name].kept_by:
            described["surveys"][name] = _named(survey)
    return {**described, "last_milestones": housing.LAST}


def _named(survey: dict[str, Any]) -> dict[str, Any]:
    """Of what only offices keep, so much that a record can be named, and what it is about be found."""
    wanted = {
        name: question
        for name, question in survey["questions"].items()
        if question["kind"] == "reference" or name in survey["named_by"]
    }
    return {**survey, "questions": wanted, "order": list(wanted), "sections": []}
