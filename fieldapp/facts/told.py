"""What a client must know as the server knows it, beside the questions: it travels with them, and is stated once."""

from __future__ import annotations

from typing import Any

from fieldapp import housing, surveys


def forms(language: str) -> dict[str, Any]:
    """The surveys as a client needs them, in one language: what ``GET /sync/v1/forms`` sends.

    - ``last_milestones``: by kind of work (``new``, ``repair``), the milestone at which a house is complete
    """
    return {
        **surveys.describe(language),
        "last_milestones": housing.LAST,
    }
