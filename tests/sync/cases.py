"""The tables of cases that Python and the browser both run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from sync.change import Change, MadeAt

FOLDER = Path(__file__).parent.parent / "cases"


def load(name: str) -> Any:
    """A table, as JSON."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def whys(rows: list[dict[str, Any]]) -> list[str]:
    """The reasons of the rows, to name the tests."""
    return [str(row["why"]).replace("::", ":") for row in rows]


def change_of(row: dict[str, Any]) -> Change:
    """A change of the fold's table, where ids are short and chains do not matter."""
    made_at = msgspec.convert(row.get("made_at", {"wall": ""}), MadeAt)
    return Change(**{"v": 1, "seq": 1, "prev": None, **row, "made_at": made_at})
