"""A rule is stated in one place: what would be a second statement of it is found in the source itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import fieldapp
from fieldapp import verdicts

HERE = Path(fieldapp.__file__).parent
SOURCE = {
    path.relative_to(HERE).as_posix(): path.read_text() for path in HERE.rglob("*") if path.suffix in (".py", ".js")
}


def stated(pattern: str) -> set[str]:
    return {name for name, text in SOURCE.items() if re.search(pattern, text)}


@pytest.mark.parametrize(
    ("pattern", "room"),
    [
        (r"hours=7\b|ZoneInfo", {"today.py"}),
        (r"\b(date|datetime)\.today\(|datetime\.now\(UTC\)\.replace\(tzinfo=None\)", {"today.py"}),
        (r"\b7 \* (60|3_?600)", {"today.js"}),
        (r"milestone_(new|repair)\"?\]? ?===? ?\"[35]\"", set()),
    ],
    ids=["the zone", "now without a zone", "the zone on the tablet", "the last milestones"],
)
def test_a_rule_is_stated_in_its_room_alone(pattern: str, room: set[str]) -> None:
    assert {Path(name).name for name in stated(pattern)} == room


def test_the_tablet_takes_the_same_verdicts_for_a_receipt() -> None:
    [text] = [text for name, text in SOURCE.items() if name.endswith("/unsent.js")]
    said = re.search(r"const TAKEN = new Set\((\[.*?\])\)", text)
    assert said
    assert json.loads(said[1]) == list(verdicts.TAKEN)
