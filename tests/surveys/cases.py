"""The tables of cases that Python and the browser both run, and the questions their rows speak of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fieldapp.surveys.question import Question
from fieldapp.surveys.rules import Rule

CASES = Path(__file__).parent.parent / "cases"


def table(name: str) -> Any:
    """A table of cases."""
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def question_of(row: dict[str, Any]) -> Question:
    """The question a row of ``read`` or ``format`` is about."""
    pattern = row.get("pattern")
    return Question(
        name="q",
        kind=row["kind"],
        label="Q",
        short="Q",
        rules=(Rule("pattern", pattern, "?"),) if pattern else (),
        choices="yes_no" if row["kind"] == "yes_no" else row.get("choices"),
        unit=row.get("unit"),
        unreadable="cannot be read",
    )


def why(row: dict[str, Any]) -> str:
    """The name of a case in the test's output."""
    return str(row["why"])
