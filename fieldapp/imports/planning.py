"""How a list is to be read: of which day it is, what its columns and its title mean, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import msgspec

from fieldapp.db import db
from fieldapp.imports import headings
from fieldapp.imports.fields import MARKS, ListKind
from fieldapp.imports.headings import FoundHeadings
from fieldapp.imports.models import ListShape, Plan
from fieldapp.imports.support import policy_in, source_in, year_in
from fieldapp.today import today
from fieldapp.vietnamese import clean, search_key

_DAY = re.compile(
    r"(?:ngày|đến|ngay|den) *([0-9]{1,2}) *(?:/|-|\.|tháng|thang) *([0-9]{1,2}) *(?:/|-|\.|năm|nam) *(20[0-9]{2})", re.I
)
_YEAR = re.compile(r"(?:năm|nam) *(20[0-9]{2})", re.I)
_UNITS = {"trieu dong": 1_000_000, "nghin dong": 1000, "1000 dong": 1000, "ngan dong": 1000}


def _above(found: FoundHeadings) -> str:
    """What stands above the list: its title."""
    cells = (cell for row in found.table.rows[: found.first - 1] for cell in row if isinstance(cell, str))
    return clean(" ".join(cells).replace("\0", ""))[:2000]


def day_of(found: FoundHeadings) -> str:
    """Of which day a list is, as far as its title tells; today where it does not."""
    title, limit = _above(found), today().isoformat()
    if said := _DAY.search(title):
        try:
            return min(date(int(said[3]), int(said[2]), int(said[1])).isoformat(), limit)
        except ValueError:
            return limit
    year = _YEAR.search(title)
    return min(f"{year[1]}-12-31", limit) if year else limit


def plan_for(found: FoundHeadings, kind: ListKind) -> Plan:
    """How a list is probably to be read: as one with these headings was last, or as its words look."""
    shape = db.session.get(ListShape, (kind, found.shape))
    plan = msgspec.convert(shape.plan, Plan) if shape else Plan(headings.guess(found.headings, kind))
    said = _above(found) + " " + found.table.name
    title = search_key(said)
    if shape is None:
        plan.unit = next((unit for words, unit in _UNITS.items() if words in title or _in_headings(words, found)), 1)
    return msgspec.structs.replace(plan, every={**_every(said, plan, kind), **(plan.every if shape else {})})


def _in_headings(words: str, found: FoundHeadings) -> bool:
    return any(words in search_key(heading) for heading in found.headings)


def _every(said: str, plan: Plan, kind: ListKind) -> dict[str, str]:
    """What the title of a list says of all its rows."""
    if kind in _TOLD:
        told = {code: tell(said) for code, tell in _TOLD[kind].items() if code not in plan.columns}
        return {code: text for code, text in told.items() if text}
    return _of_households(search_key(said), plan, kind)


_TOLD: dict[str, dict[str, Callable[[str], str]]] = {
    "support": {
        "other_support.policy": policy_in, "other_support.year": year_in, "other_support.source": source_in,
    },
    "indicators": {
        "place_indicator.period": lambda said: year[1] if (year := _YEAR.search(said)) else "",
        "place_indicator.source": lambda said: clean(said)[:200],
    },
}  # fmt: skip
"""What a title tells of the lists of other offices, by field."""


def _of_households(title: str, plan: Plan, kind: ListKind) -> dict[str, str]:
    known = set(plan.columns) | {MARKS[code][0] for code in plan.columns if code in MARKS}
    found: dict[str, str] = {}
    if "household.poverty_class" not in known:
        poor, near = bool(re.search(r"(?<!can )\bngheo\b", title)), "can ngheo" in title
        if poor != near:
            found["household.poverty_class"] = "ngheo" if poor else "can_ngheo"
    year = re.search(r"\bnam (20[0-9]{2})\b", title)
    if year and "household.class_year" not in known and kind == "households":
        found["household.class_year"] = year[1]
    return found


def missing(plan: Plan, kind: ListKind) -> list[str]:
    """The fields without which nothing can be looked at."""
    known = set(plan.columns) | {code for code, text in plan.every.items() if text}
    if kind == "indicators":
        return _missing_of_indicators(known)
    named = {"household.head_name"} | ({"person.name"} if kind == "support" else set())
    found = [] if known & named else ["household.head_name"]
    return found + [code for code in _NEEDED.get(kind, ()) if code not in known]


_NEEDED = {
    "cases": ("support_case.programme",),
    "support": ("other_support.policy", "other_support.year", "other_support.source"),
}


def _missing_of_indicators(known: set[str]) -> list[str]:
    found = [code for code in ("place_indicator.period", "place_indicator.source") if code not in known]
    if any(code.startswith("value.") for code in known):
        return found
    return [code for code in ("place_indicator.indicator", "place_indicator.value") if code not in known] + found
