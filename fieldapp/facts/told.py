"""What a client must know as the server knows it, beside the questions: it travels with them, and is stated once."""

from __future__ import annotations

from typing import Any

from fieldapp import housing, surveys
from fieldapp.facts.case_story import START_WITHIN


def forms(language: str) -> dict[str, Any]:
    """The surveys as a client needs them, in one language: what ``GET /sync/v1/forms`` sends.

    - ``last_milestones``: by kind of work (``new``, ``repair``), the milestone at which a house is complete
    - ``start_within_days``: how soon after its approval the work begins, where the rules say nothing else: a tablet
      holds no thresholds
    """
    described = surveys.describe(language)
    for name, survey in described["surveys"].items():
        if surveys.SURVEYS[name].kept_by:
            described["surveys"][name] = _named(survey)
    return {**described, "last_milestones": housing.LAST, "start_within_days": START_WITHIN}


def _named(survey: dict[str, Any]) -> dict[str, Any]:
    """Of what only offices keep, so much that a record can be named, and what it is about be found."""
    wanted = {
        name: question
        for name, question in survey["questions"].items()
        if question["kind"] == "reference" or name in survey["named_by"]
    }
    return {**survey, "questions": wanted, "order": list(wanted), "sections": []}
